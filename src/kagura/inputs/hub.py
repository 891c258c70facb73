"""What kagglehub has already downloaded is taken over, file by file, instead of fetched again.

Its cache has no check sums and, in its older versions, half an output may pass for a whole one: so
nothing of it is trusted before the archive's own list of sizes and sums agrees.  A model's archive
(a tar) has no such list: there the store of Kaggle's files tells the hash of each.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event

from kagura.errors import ServiceError, UsageError
from kagura.inputs.inflate import pieces_of
from kagura.inputs.meter import Meter
from kagura.inputs.remote import as_told, told_md5
from kagura.inputs.terms import CONNECTIONS
from kagura.kaggle.frameworks import framework_in_handle
from kagura.model.handle import Handle
from kagura.progress import Progress
from kagura.system.faults import HttpFault
from kagura.system.http import Http

__all__ = ["MOST_ASKED", "has_all", "hub_folder", "take_over"]

FICLONE = 0x40049409

# To ask for the hash of each of more files would take as long as fetching most models.
MOST_ASKED = 100


def hub_folder(handle: Handle, environment: Mapping[str, str], *, home: Path) -> Path | None:
    """Where kagglehub keeps an input in this version, if it has it."""
    root = Path(environment.get("KAGGLEHUB_CACHE") or home / ".cache" / "kagglehub")
    number = str(handle.version)
    match handle.kind:
        case "competition":
            folder = root / "competitions" / handle.slug
        case "dataset":
            folder = root / "datasets" / f"{handle.owner}" / handle.slug / "versions" / number
        case "notebook":
            output = root / "notebooks" / f"{handle.owner}" / handle.slug / "output"
            folder = output / "versions" / number
        case "model":
            frameworks = root / "models" / f"{handle.owner}" / handle.slug
            below = Path(f"{handle.variation}") / number
            return next(_spelled(frameworks, f"{handle.framework}", below), None)
    return folder if folder.is_dir() else None


def _spelled(frameworks: Path, wanted: str, below: Path) -> Iterator[Path]:
    """The folder below a framework's, which is called as whoever fetched the model spelled it."""
    for found in sorted(frameworks.glob("*")):
        with suppress(UsageError):
            if framework_in_handle(found.name) == wanted and (found / below).is_dir():
                yield found / below


def has_all(
    files: Mapping[str, int],
    folder: Path,
    *,
    address: Callable[[str], str],
    http: Http,
    progress: Progress,
    title: str,
) -> bool:
    """Whether a folder has all of these files (bytes, by path), each with the hash it should have.

    ``address`` gives a file's signed address.  What cannot be told counts as no.
    """
    for path, size in files.items():
        found = folder / path
        if found.is_symlink() or not found.is_file() or found.stat().st_size != size:
            return False
    meter = Meter(progress, f"checking what is here of {title}", size=sum(files.values()))
    is_over = Event()

    def is_right(path: str) -> bool:
        if files[path] == 0:
            return True
        with http.open(address(path), first=0, last=0) as stream:
            wanted = told_md5(stream.headers)
            stream.read(1)
        if wanted is None:
            return False
        md5 = hashlib.md5(usedforsecurity=False)
        for piece in pieces_of(folder / path):
            if is_over.is_set():
                return False
            md5.update(piece)
            meter.add(len(piece))
        return wanted == as_told(md5)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        answers = [pool.submit(is_right, path) for path in files]
        try:
            return all(answer.result() for answer in answers)
        except (ServiceError, HttpFault, OSError):
            return False
        finally:
            is_over.set()  # a file may be so long that nobody waits for its end
            pool.shutdown(wait=False, cancel_futures=True)


def take_over(files: Iterable[tuple[str, int]], folder: Path, tree: str) -> int:
    """Give ``tree`` those files (path, bytes) of a folder whose size is right; how many.

    They share their bytes with the folder where the disk can do that: as a copy that costs
    nothing, else as a hard link; on another disk they are copied.  They count as unchecked: what
    is checked is read-only.  Whoever writes a member later makes a new file.
    """
    count = 0
    for path, size in files:
        source, target = folder / path, os.path.join(tree, path)
        with suppress(OSError):
            if source.is_symlink() or source.stat().st_size != size:
                continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            _share(source, target)
            count += 1
    return count


def _share(source: Path, target: str) -> None:
    with open(source, "rb") as given, open(target, "xb") as file:
        try:
            fcntl.ioctl(file.fileno(), FICLONE, given.fileno())
        except OSError:
            pass
        else:
            return
    os.unlink(target)
    try:
        os.link(source, target)  # the mode is shared too, and kagglehub's to choose
    except OSError:
        shutil.copyfile(source, target)
