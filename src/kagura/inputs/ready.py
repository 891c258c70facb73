"""Inputs in the store, ready to be mounted: found by what they are, or fetched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from kagura.model.handle import Handle
from kagura.model.lock import Lock, LockedInput
from kagura.progress import size_text

__all__ = ["ReadyInput"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyInput:
    """An input in an exact version: its object in the store, and the folder of its files.

    ``files`` is their number, ``size`` their bytes; ``was_here``: nothing had to be fetched.
    """

    handle: Handle
    digest: str
    folder: Path
    files: int
    size: int
    was_here: bool

    @property
    def described(self) -> str:
        """It in one line: its kind, name and version, size, files, and whether it was here."""
        handle = self.handle
        version = f" (v{handle.version})" if handle.version else ""
        files = "file" if self.files == 1 else "files"
        here = "   already in the store" if self.was_here else ""
        size = size_text(self.size)
        return f"{handle.kind:<11} {handle.plain}{version}   {size}   {self.files} {files}{here}"

    def in_lock(self, lock: Lock, name: str) -> Lock:
        """The lock with it in there, under its name in the project file."""
        item = LockedInput(
            name=name,
            handle=str(self.handle),
            digest=self.digest,
            files=self.files,
            size=self.size,
        )
        others = tuple(other for other in lock.inputs if other.name != name)
        return replace(lock, inputs=(*others, item))
