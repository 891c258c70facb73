"""The files that a notebook's run left on Kaggle, in the project's folder ``outputs``.

What was put there is remembered beside it, so that a person's own edit can be told from an older
version's file, and a file that is whole from one that is not.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from kagura.errors import ServiceError
from kagura.inputs.safety import member_path
from kagura.inputs.whole import fetch_file
from kagura.model.handle import Handle
from kagura.progress import Progress
from kagura.store.objects import Store, digest_of
from kagura.system.files import digest_of_file, explain, remove_tree, write_atomically
from kagura.workflows.service import Service

__all__ = ["fetch_outputs"]

RECORD = ".kagura-outputs"
MOST_NAMED = 5


def fetch_outputs(
    handle: Handle,
    folder: Path,
    *,
    kaggle: Service,
    store: Store,
    progress: Progress,
    overwrite: bool,
) -> None:
    """Have the published files in a project's folder, and none of another version's.

    What is whole is not fetched again, and what broke off goes on.  A file that was edited here
    stays, without ``overwrite``.  Raises ServiceError, MachineError.
    """
    into = folder / "outputs"
    digest = digest_of({"provider": "kaggle", "outputs": str(handle)})
    partial = store.home / "partial" / digest.removeprefix("sha256:")
    try:
        # The store's lock for what is partial there: `kagura clean` asks for the same one.
        with store.guard("inputs", digest):
            listed = _Listed(handle, kaggle, progress)
            published = _Published(into, version=handle.version)
            kept = published.clear(keep=listed.names)
            whole = 0
            for name in listed.names:
                if published.has(name):
                    whole += 1
                    continue
                if not published.is_free(name) and not overwrite:
                    kept.append(name)
                    continue
                target = partial / digest_of(name).removeprefix("sha256:")
                fetch_file(
                    listed.address(name),
                    target,
                    http=kaggle.http,
                    progress=progress,
                    title=f"output {name}",
                    pace=kaggle.terms.pace,
                )
                published.put(name, target)
            published.end(listed.names)
            remove_tree(partial)
    except OSError as error:
        raise explain(error, f"putting the outputs into {into}") from error
    if kept:
        shown = ", ".join(kept[:MOST_NAMED]) + (" …" if len(kept) > MOST_NAMED else "")
        progress.warn(
            f"what is not as Kaggle has it in {into} stays as it is: {shown}",
            hint="--overwrite takes Kaggle's",
        )
    already = f", {whole} already there" if whole else ""
    noun = "file" if len(listed.names) == 1 else "files"
    progress.say("outputs", f"{len(listed.names)} {noun} in {into}{already}")


class _Listed:
    """Kaggle's list of the files; their addresses end after some time, and it tells new ones."""

    def __init__(self, handle: Handle, kaggle: Service, progress: Progress) -> None:
        self._handle, self._kaggle = handle, kaggle
        self._urls: dict[str, str] = {}
        for name in self._renew():
            progress.warn(f"the output {name!r} names a place outside: left out")
        self.names = tuple(self._urls)

    def address(self, name: str) -> Callable[[], str]:
        """Gives the address that is known, and a new one at each further call."""
        was_given = False

        def give() -> str:
            nonlocal was_given
            if was_given:
                self._renew()
            was_given = True
            return self._urls[name]

        return give

    def _renew(self) -> list[str]:
        """Ask for all addresses; what is listed that may not be had."""
        client, handle = self._kaggle.client, self._handle
        outside: list[str] = []
        for output in client.kernel_output(handle.plain, version=handle.version):
            path = _inside(output.name)
            if path is None:
                outside.append(output.name)
            else:
                self._urls[path] = output.address.url
        return outside


class _Published:
    """What was put into the folder, now and by earlier pulls: a line for each file."""

    def __init__(self, into: Path, *, version: int | None) -> None:
        self._into, self._version = into, version
        self._lines: dict[str, list[Mapping[str, object]]] = {}
        with suppress(FileNotFoundError):
            for text in (into / RECORD).read_text(encoding="utf-8").splitlines():
                with suppress(ValueError, TypeError, KeyError):  # a kill left half a line
                    line = json.loads(text)
                    if _inside(line["name"]) == line["name"]:
                        self._lines.setdefault(line["name"], []).append(line)

    def clear(self, *, keep: tuple[str, ...]) -> list[str]:
        """Remove what else was published once; the names of those that were edited, and stay."""
        edited: list[str] = []
        for name in self._lines.keys() - set(keep):
            path = self._into / name
            if self._digests(name, path):
                path.unlink()
                _remove_empty(path.parent, top=self._into)
            elif os.path.lexists(path):
                edited.append(name)
        return sorted(edited)

    def has(self, name: str) -> bool:
        """Whether a file is there as this version has it."""
        for line in self._digests(name, self._into / name):
            if self._version is not None and line.get("version") == self._version:
                self._lines[name].append(line)  # of all that is known of it, this is the case
                return True
        return False

    def is_free(self, name: str) -> bool:
        """Whether nothing of a person's is there: no file, or one as it was published once."""
        path = self._into / name
        return not os.path.lexists(path) or bool(self._digests(name, path))

    def put(self, name: str, fetched: Path) -> None:
        """Put a file in its place."""
        line = {
            "name": name,
            "version": self._version,
            "size": fetched.stat().st_size,
            "digest": digest_of_file(fetched),
        }
        path = self._into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # First: without it a kill would make a person's file of it.
        with open(self._into / RECORD, "a", encoding="utf-8") as file:
            file.write(f"\n{json.dumps(line)}\n")
        self._lines.setdefault(name, []).append(line)
        _move(fetched, path)

    def end(self, names: tuple[str, ...]) -> None:
        """All are there: of each file, what is the case now is all that is remembered."""
        lines = [json.dumps(self._lines[name][-1]) for name in names if name in self._lines]
        if lines or (self._into / RECORD).exists():
            write_atomically(self._into / RECORD, "".join(f"{line}\n" for line in lines))

    def _digests(self, name: str, path: Path) -> list[Mapping[str, object]]:
        """The lines that a file is as they say."""
        lines = self._lines.get(name, [])
        if not lines or not path.is_file() or path.is_symlink():
            return []
        size = path.stat().st_size
        if all(line.get("size") != size for line in lines):
            return []
        digest = digest_of_file(path)
        return [line for line in lines if line.get("digest") == digest]


def _inside(name: str) -> str | None:
    """A file's path in the folder; None if it would lie outside, or in the place of our record."""
    try:
        path = member_path(name, "the outputs")
    except ServiceError:
        return None
    return None if path == RECORD else path


def _move(fetched: Path, path: Path) -> None:
    try:
        os.replace(fetched, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # The store is on another disk.
        aside = path.with_name(f".{path.name}.part")
        try:
            shutil.copyfile(fetched, aside)
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)


def _remove_empty(folder: Path, *, top: Path) -> None:
    with suppress(OSError):  # something is in it
        while folder != top:
            folder.rmdir()
            folder = folder.parent
