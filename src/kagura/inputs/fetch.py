"""Fetching a zip archive by ranges, straight into its files: no archive is kept, nothing twice.

What is in the folder already, whole, is not fetched again: so a download that was cut, or killed,
goes on from there.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from kagura.errors import ServiceError
from kagura.inputs.chunks import BIG, chunks
from kagura.inputs.crew import fetch_all
from kagura.inputs.hub import take_over
from kagura.inputs.inflate import Bytes, is_here, write_member
from kagura.inputs.remote import Changed, Ended, Remote, RemoteFile, Source, probed
from kagura.inputs.zip_members import Member, members_of
from kagura.progress import Progress
from kagura.system.files import write_atomically
from kagura.system.http import Http

__all__ = ["CONNECTIONS", "fetch_zip"]

CONNECTIONS = 4
AHEAD = 6
STATE = "source.json"
MOST_TRIES = 5


def fetch_zip(
    address: Callable[[], str],
    folder: Path,
    *,
    http: Http,
    progress: Progress,
    title: str,
    is_wanted: Callable[[str], bool] | None = None,
    near: Path | None = None,
) -> list[Member]:
    """Fetch an archive's files into ``folder/tree``; they.

    ``address`` gives a new signed address at each call; ``near`` is a folder that may hold some of
    the files already.  Raises ServiceError, OSError, NoRanges
    and UnusualArchive (the archive must be fetched whole), and leaves what is done in the folder.
    """
    tree = folder / "tree"
    url = address()
    for _ in range(MOST_TRIES):
        try:
            source, tail = probed(url, http=http)
            _same_as_before(folder, tree, source)
            remote = Remote(source, http=http)
            members = members_of(RemoteFile(remote, tail), size=source.size, title=title)  # type: ignore[arg-type]
            if is_wanted is not None:
                members = [member for member in members if is_wanted(member.path)]
            _fetch(members, remote, tree, near=near, progress=progress, title=title)
        except Ended:
            url = address()
        except Changed:
            progress.warn(f"{title} was changed on Kaggle during the download: it begins anew")
            url = address()
        else:
            return members
    raise ServiceError(
        f"{title} could not be fetched: its address ended, or it was changed, "
        f"{MOST_TRIES} times in a row",
        hint="try again later",
    )


def _fetch(
    members: list[Member],
    remote: Remote,
    tree: Path,
    *,
    near: Path | None,
    progress: Progress,
    title: str,
) -> None:
    is_fresh = not tree.is_dir() or not any(tree.iterdir())
    tree.mkdir(parents=True, exist_ok=True)
    if is_fresh and near is not None:
        is_fresh = take_over(members, near, os.fspath(tree)) == 0
    missing = members if is_fresh else [m for m in members if not is_here(m, os.fspath(tree))]
    total = sum(member.end - member.first for member in members)
    done = total - sum(member.end - member.first for member in missing)
    lock = Lock()

    def tell(more: int) -> None:
        nonlocal done
        with lock:
            done += more
            progress.update("input", title, done=done, total=total)

    place = os.fspath(tree)
    big = [member for member in missing if member.packed >= BIG]
    # One big file alone is fetched in parts, by all connections; several, each by its own.
    alone = big if len(big) == 1 else []
    others = [member for member in missing if member not in alone]
    fetch_all(chunks(others), remote=remote, tree=place, connections=CONNECTIONS, tell=tell)
    for member in alone:
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            pieces = remote.parallel(member.first, member.end, pool=pool, ahead=AHEAD, tell=tell)
            write_member(member, Bytes(pieces), place)


def _same_as_before(folder: Path, tree: Path, source: Source) -> None:
    """What is here of another object is no use: it goes."""
    folder.mkdir(parents=True, exist_ok=True)
    state = json.dumps({"size": source.size, "mark": source.mark})
    path = folder / STATE
    if path.is_file() and path.read_text() == state:
        return
    if tree.exists():
        shutil.rmtree(tree)
    write_atomically(path, state)
