"""Fetching an archive straight into its files: no archive is kept, nothing comes twice.

What is in the folder already, whole, is not fetched again, and a big file goes on from its middle:
so a download that was cut, or killed, goes on from there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from kagura.errors import MachineError, ServiceError
from kagura.inputs.begun import LONG, Begun
from kagura.inputs.choice import check_choice, chosen_by
from kagura.inputs.chunks import BIG
from kagura.inputs.crew import fetch_members
from kagura.inputs.hub import take_over
from kagura.inputs.inflate import Destination, is_here
from kagura.inputs.meter import Meter
from kagura.inputs.remote import Changed, Ended, NoRanges, Remote, probed
from kagura.inputs.safety import ignores_case
from kagura.inputs.target import Target, Unstreamable
from kagura.inputs.terms import CONNECTIONS, PLAIN_TERMS, Terms
from kagura.inputs.zip_members import Members, NoZip, UnusualArchive, members_of
from kagura.progress import Progress, size_text
from kagura.system.files import regular_files
from kagura.system.http import Http
from kagura.system.memory import keep_freed_memory

__all__ = ["fetch"]

MOST_TRIES = 5


def fetch(
    address: Callable[[], str],
    tree: Path,
    *,
    beside: Path,
    http: Http,
    progress: Progress,
    title: str,
    files: Sequence[str] = (),
    terms: Terms = PLAIN_TERMS,
    near: Path | None = None,
    as_is: str | None = None,
) -> Members | None:
    """Fetch an object's files into ``tree``; they, if it is an archive that lists them.

    ``address`` gives a new signed address at each call; ``beside`` is a folder for what a later
    try goes on by; ``files`` are patterns of those that are wanted; ``near`` is a folder that may
    hold some of them already.  By ``as_is`` the object is no archive, whatever it looks like, but
    a file of that name.  Raises ServiceError, UsageError and OSError, and leaves what is
    done in the folders.
    """
    keep_freed_memory()
    target = Target(
        tree=tree,
        beside=beside / LONG / "all",
        name=as_is or "",
        as_is=as_is is not None,
        title=title,
        limits=terms.limits,
        is_wanted=chosen_by(files),
    )
    try:
        members = _by_ranges(
            address,
            beside,
            target,
            http=http,
            progress=progress,
            files=files,
            terms=terms,
            near=near,
        )
    except (NoRanges, UnusualArchive, Unstreamable):
        from kagura.inputs.whole import fetch_whole  # seldom needed, long to load

        members = fetch_whole(address, target, http=http, progress=progress, terms=terms)
    if members is None and files:
        check_choice(files, regular_files(target.tree), title=title)
    return members


def _by_ranges(
    address: Callable[[], str],
    beside: Path,
    target: Target,
    *,
    http: Http,
    progress: Progress,
    files: Sequence[str],
    terms: Terms,
    near: Path | None,
) -> Members | None:
    url = address()
    for _ in range(MOST_TRIES):
        begun = Begun(beside, target.tree)
        try:
            source, tail = probed(url, http=http, known=begun.known)
            begun.go_on(source, tail)
            remote = Remote(source, http=http, tail=tail, pace=terms.pace)
            try:
                if target.as_is:
                    raise NoZip
                members = members_of(
                    begun.reader(remote, tail),
                    size=source.size,
                    title=target.title,
                    limits=terms.limits,
                    ignores_case=ignores_case(target.tree),
                )
            except NoZip:
                _fetch_other(remote, url, target, begun, progress)
                return None
            if files:
                check_choice(files, (member.path for member in members), title=target.title)
                members = members.where(lambda member: target.is_wanted(member.path))
            if near is not None and not os.listdir(target.tree):
                files_there = ((member.path, member.size) for member in members)
                take_over(files_there, near, os.fspath(target.tree))
            to = Destination(
                tree=os.fspath(target.tree), beside=begun.longs, is_trusted=begun.is_trusted
            )
            _fetch_zip(members, remote, to, target.title, progress)
        except Ended:
            url = address()
        except Changed:
            progress.warn(f"{target.title} was changed on the way: it begins anew")
            url = address()
        else:
            return members
    raise ServiceError(
        f"{target.title} could not be fetched: its address ended, or it was changed, or came "
        f"damaged, {MOST_TRIES} times in a row",
        hint="try again later",
    )


def _fetch_other(
    remote: Remote, url: str, target: Target, begun: Begun, progress: Progress
) -> None:
    """What is no zip archive."""
    from kagura.inputs.received import name_in  # with tar and gzip, seldom needed, long to load
    from kagura.inputs.streamed import fetch_stream

    if begun.is_whole:
        return
    meter = Meter(progress, target.title, size=remote.source.size)
    fetch_stream(
        remote,
        target if target.as_is else replace(target, name=name_in(url)),
        connections=CONNECTIONS,
        tell=meter.add,
        is_trusted=begun.is_trusted,
    )
    begun.end()


def _fetch_zip(
    members: Members,
    remote: Remote,
    to: Destination,
    title: str,
    progress: Progress,
) -> None:
    missing = members
    if os.listdir(to.tree):
        missing = members.where(lambda member: not is_here(member, to))
    # Of a file that is gone on with, a part is on the disk already.
    begun = sum(_size(os.path.join(to.tree, one.path)) for one in missing if one.packed >= BIG)
    _check_room(missing.size - begun, to.tree, title)
    meter = Meter(
        progress,
        title,
        size=members.span,
        files=len(members),
        here=members.span - missing.span,
        files_here=len(members) - len(missing),
    )
    fetch_members(missing, remote=remote, to=to, meter=meter)


def _size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except FileNotFoundError:
        return 0


def _check_room(needed: int, tree: str, title: str) -> None:
    free = shutil.disk_usage(tree).free
    if needed > free:
        raise MachineError(
            f"{title} needs {size_text(needed)} more on the disk of {tree}, which has "
            f"{size_text(free)} free",
            hint="free some space (`kagura clean --inputs` removes data that no project needs), "
            "or set KAGURA_HOME to a folder on another disk",
        )
