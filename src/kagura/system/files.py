"""The disk: atomic writes, digests, locks that die with their holder, trees removed for sure."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from kagura.errors import MachineError

__all__ = [
    "Lock",
    "digest_of_bytes",
    "digest_of_file",
    "explain",
    "regular_files",
    "remove_tree",
    "write_atomically",
]


def explain(error: OSError, doing: str) -> MachineError:
    """The error of the disk in a user's words."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return MachineError(
            f"the disk is full: {doing}{where}",
            hint="free some space (`kagura clean`, and `kagura clean --inputs` for data), or set "
            "KAGURA_HOME to a folder on another disk",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return MachineError(
            f"no permission: {doing}: {error.filename or ''} ({error.strerror})",
            hint="choose a folder that you may write to, by KAGURA_HOME or, of a run, --output",
        )
    return MachineError(
        f"{doing}: {error.strerror} ({error.filename or 'no file'})",
        hint="check the path and its disk, or choose another with --output or KAGURA_HOME",
    )


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write a file so that a reader (or a kill) sees the old content or the new, never a part.

    A symbolic link at ``path`` is replaced, never followed: a notebook may have put it there.
    """
    data = content.encode() if isinstance(content, str) else content
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    # There is no call that only reads it; /proc does, without a moment of another mask.
    with contextlib.suppress(OSError, StopIteration, ValueError):
        with open("/proc/self/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith("Umask:"))
        return int(line.split()[1], 8)
    return 0o022


def digest_of_bytes(data: bytes) -> str:
    """``sha256:…`` of some bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def digest_of_file(path: Path) -> str:
    """``sha256:…`` of a regular file; a symbolic link is an error (OSError), never followed."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def regular_files(folder: Path) -> Iterator[str]:
    """The relative path of every regular file below ``folder``; links are not followed."""
    # Names, and no Path or entry for each: a folder may have a million files.
    pending = [""]
    while pending:
        prefix = pending.pop()
        names: list[str] = []
        with contextlib.suppress(PermissionError), os.scandir(folder / prefix) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{prefix}{entry.name}/")
                elif entry.is_file(follow_symlinks=False):
                    names.append(entry.name)
        yield from (prefix + name for name in sorted(names))


def remove_tree(folder: Path) -> None:
    """Remove a folder and all below it, whatever permissions it was left with.

    overlayfs leaves its work folder with mode 000, and notebooks leave worse: a folder must be
    opened up before it can be listed, so this goes top down before the removal.
    """
    pending = [os.fspath(folder)]
    while pending:
        current = pending.pop()
        with contextlib.suppress(FileNotFoundError, PermissionError):
            if os.lstat(current).st_mode & 0o700 != 0o700:
                os.chmod(current, stat.S_IRWXU)
            with os.scandir(current) as entries:
                pending += [e.path for e in entries if e.is_dir(follow_symlinks=False)]
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


class Lock:
    """A lock on a file (flock), gone when its holder is, even by kill -9.

    The file stays: removing it while another waits for it would give two holders.
    """

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self.path = path
        self._mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self._descriptor = -1

    def acquire(self, *, wait: bool = True) -> bool:
        """Take the lock; False if ``wait`` is False and somebody else has it.

        Raises MachineError where no lock can be made (a full or read-only disk).
        """
        try:
            descriptor = self._open()
        except OSError as error:
            raise explain(error, f"locking in {self.path.parent}") from error
        try:
            fcntl.flock(descriptor, self._mode | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return True

    def _open(self) -> int:
        flags = os.O_CLOEXEC
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.path, os.O_RDWR | os.O_CREAT | flags, 0o600)
        except OSError as error:
            # Somebody else's store, or a read-only one: what is only looked at can be shared.
            if self._mode == fcntl.LOCK_SH and error.errno in (errno.EROFS, errno.EACCES):
                with contextlib.suppress(OSError):
                    return os.open(self.path, os.O_RDONLY | flags)
            raise

    def release(self) -> None:
        """Give it back; harmless if it is not held."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        # A lease comes held already: taking it twice would keep it for ever.
        if self._descriptor < 0:
            self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
