"""Objects: folders named by digest, built aside and renamed into place, so never half-written."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from kagura.errors import MachineError
from kagura.store.manifest import faults, write_manifest
from kagura.store.removal import trash
from kagura.store.scratch import scratch_folder
from kagura.system.files import (
    Lock,
    digest_of_bytes,
    explain,
    regular_files,
    remove_tree,
    write_atomically,
)

__all__ = ["KINDS", "Kind", "Store", "StoredObject", "digest_of"]

Kind = Literal["bases", "layers", "inputs"]
KINDS: tuple[Kind, ...] = get_args(Kind)

RECORD = "object.json"
TREE = "tree"


def digest_of(record: object) -> str:
    """The digest of what an object is made from: of its canonical JSON."""
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return digest_of_bytes(text.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """A whole object: ``tree`` is its folder of files, ``record`` what it was made from."""

    kind: Kind
    digest: str
    folder: Path
    record: Mapping[str, Any]

    @property
    def tree(self) -> Path:
        """The files themselves."""
        return self.folder / TREE


class Store:
    """One folder that holds all objects (``KAGURA_HOME``).

    Objects never change.  Each has a lock beside it: shared by who uses the object (a lease),
    exclusive for who builds or removes it; locks die with their holders.
    """

    def __init__(self, home: Path) -> None:
        self.home = home

    def folder(self, kind: Kind, digest: str) -> Path:
        """Where an object of this digest is, or would be."""
        return self.home / kind / digest.removeprefix("sha256:")

    def find(self, kind: Kind, digest: str) -> StoredObject | None:
        """The object, if it is there and looks whole at a glance; a broken one is not there."""
        folder = self.folder(kind, digest)
        try:
            record = json.loads((folder / RECORD).read_bytes())
            if record["glance"] != glance(folder / TREE):
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return StoredObject(kind=kind, digest=digest, folder=folder, record=record["made_from"])

    def all(self, kind: Kind) -> list[StoredObject]:
        """Every whole object of a kind, by digest."""
        names = sorted(os.listdir(self.home / kind)) if (self.home / kind).is_dir() else []
        found = (self.find(kind, f"sha256:{name}") for name in names)
        return [item for item in found if item]

    def broken(self, kind: Kind) -> list[Path]:
        """Folders of a kind that hold no whole object."""
        if not (self.home / kind).is_dir():
            return []
        names = sorted(os.listdir(self.home / kind))
        return [self.home / kind / name for name in names if not self.find(kind, f"sha256:{name}")]

    def lease(self, item: StoredObject) -> Lock:
        """Hold an object: it is not removed while the lock is held (also after a crash, never)."""
        lock = self.guard(item.kind, item.digest, shared=True)
        lock.acquire()
        return lock

    def in_use(self, kind: Kind, digest: str) -> bool:
        """Whether somebody holds a lease on the object, or builds it."""
        lock = self.guard(kind, digest)
        try:
            free = lock.acquire(wait=False)
        except MachineError:
            # Who cannot lock here cannot remove either: it is told there.
            return False
        lock.release()
        return not free

    @contextmanager
    def build(
        self, kind: Kind, digest: str, *, kept: Path | None = None
    ) -> Iterator[StoredObject | Path]:
        """Build an object once, whoever asks: gives the object if there is one by now.

        Otherwise gives an empty folder: fill its ``tree`` and leave the block through
        ``finish``.  Who comes second waits here.  ``kept`` is a folder in the store that the
        other is made in: when building is broken off it stays as it is, for the next who builds.
        Raises MachineError if the disk can't.
        """
        try:
            with self.guard(kind, digest):
                ready = self.find(kind, digest)
                if ready:
                    yield ready
                    return
                place = self.folder(kind, digest)
                if place.exists():
                    # A broken one goes first: the disk need not hold it beside the new one.
                    remove_tree(place)
                if kept is not None:
                    tree = kept / "object" / TREE
                    tree.mkdir(parents=True, exist_ok=True)
                    try:
                        yield tree.parent
                    except BaseException:
                        with suppress(OSError):  # something is in it
                            for folder in (tree, tree.parent, kept):
                                folder.rmdir()
                        raise
                    remove_tree(kept)
                    return
                with scratch_folder(self.home, "build") as folder:
                    (folder / "object" / TREE).mkdir(parents=True)
                    yield folder / "object"
        except OSError as error:
            raise explain(error, f"building in {self.home}") from error

    def finish(
        self, kind: Kind, digest: str, folder: Path, made_from: Mapping[str, Any]
    ) -> StoredObject:
        """Put a built folder in its place in one step."""
        record = {
            "made_from": made_from,
            "glance": glance(folder / TREE),
            "files": fingerprint(folder / TREE),
            "manifest": write_manifest(folder),
        }
        write_atomically(folder / RECORD, json.dumps(record, indent=1))
        place = self.folder(kind, digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.rename(folder, place)
        return StoredObject(kind=kind, digest=digest, folder=place, record=made_from)

    def is_whole(self, item: StoredObject) -> bool:
        """Whether every file of the object is as it was built: path, size and time of change."""
        try:
            expected = json.loads((item.folder / RECORD).read_bytes())["files"]
            return bool(expected == fingerprint(item.tree))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def faults(self, item: StoredObject) -> Iterator[str] | None:
        """What is wrong with every file, by its bytes, a sentence each.

        None for an object from before digests were recorded: ``is_whole`` is all that can be told.
        """
        try:
            manifest = json.loads((item.folder / RECORD).read_bytes())["manifest"]
        except KeyError:
            return None
        except (OSError, ValueError, TypeError) as error:
            return iter((f"{RECORD} cannot be read: {error}",))
        return faults(item.folder, manifest)

    def put_aside(self, item: StoredObject) -> None:
        """Let nobody begin to use a damaged object: the next who wants it builds it again.

        Who has a lease on it goes on; ``remove`` frees its bytes.
        """
        with suppress(OSError):
            os.rename(item.folder / RECORD, item.folder / f"damaged-{RECORD}")

    def remove(self, kind: Kind, digest: str) -> bool:
        """Remove an object, whole or broken; False if it is in use."""
        with trash(self.home) as out:
            return out.take(self.folder(kind, digest), guard=self.guard(kind, digest))

    def discard(self, item: StoredObject) -> None:
        """Throw a damaged object away so that it is built again; MachineError if it is in use."""
        if not self.remove(item.kind, item.digest):
            raise MachineError(
                f"the store's object {item.folder} is damaged and another process uses it",
                hint="end the other runs, then try again",
            )

    def guard(self, kind: Kind, digest: str, *, shared: bool = False) -> Lock:
        """The lock beside an object: who has it alone may remove it."""
        name = f"{kind}-{digest.removeprefix('sha256:')}.lock"
        return Lock(self.home / "locks" / name, shared=shared)


def glance(tree: Path) -> str:
    """A cheap mark of a tree: the names in its top folders (under a millisecond to read)."""
    names: list[str] = []
    folders = [tree, tree / "bin", *sorted(tree.glob("lib/python*/site-packages"))]
    for folder in folders:
        if folder.is_dir():
            names += [str(folder.relative_to(tree)), *sorted(os.listdir(folder))]
    return digest_of(names)


def fingerprint(tree: Path) -> str:
    """A mark of every file of a tree: path, size and time of change (a third of a second).

    It is ``digest_of`` the sorted list of them, of which only the paths are in memory: an input
    may have a million.
    """
    text, top, lstat = hashlib.sha256(b"["), os.fspath(tree), os.lstat
    for number, path in enumerate(sorted(regular_files(tree))):
        status = lstat(f"{top}/{path}")
        line = f"[{json.dumps(path)},{status.st_size},{status.st_mtime_ns}]"
        text.update((f",{line}" if number else line).encode())
    text.update(b"]")
    return f"sha256:{text.hexdigest()}"
