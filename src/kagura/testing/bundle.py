"""The files of one version of something: kept on disk, as an archive and one by one."""

from __future__ import annotations

import io
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

__all__ = ["Bundle", "Content", "Files"]

Content = bytes | str | Path
"""A file's content: bytes, text (UTF-8), or the file that holds it."""

Files = Mapping[str, Content]
"""Contents by name; folders are parts of a name, as in ``train/1.png``."""

# Like Kaggle's archives, the same content gives the same bytes.
DATE = (2024, 5, 1, 12, 0, 0)
PIECE = 2**20


class Bundle:
    """Files, and the archive that holds them.

    ``archive`` is a finished zip or tar.gz to serve as it is, however odd it may be; else one
    is made of ``files``.  Neither is ever held in memory.
    """

    def __init__(
        self,
        files: Files | None,
        *,
        folder: Path,
        archive: Path | None = None,
        form: str = "zip",
    ) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._files = dict(files or {})
        self.form = form
        if archive is None:
            archive = folder / f"archive.{form}"
            _pack(self._files, archive, form=form)
        self.archive = archive
        self.sizes = (
            _listed(archive, form=form)
            if files is None
            else {name: _size(content) for name, content in self._files.items()}
        )

    @property
    def total(self) -> int:
        """Bytes of all files, unpacked."""
        return sum(self.sizes.values())

    def member(self, name: str) -> Path:
        """One file, by itself, on disk."""
        content = self._files.get(name)
        if isinstance(content, Path):
            return content
        path = self._folder / "files" / str(list(self.sizes).index(name))
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            with self._open(name) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target, PIECE)
        return path

    def zipped_member(self, name: str) -> Path:
        """One file in a zip archive of its own, as Kaggle serves large tables."""
        path = self.member(name)
        zipped = self._folder / f"{path.name}.zip"
        if not zipped.exists():
            _pack({PurePosixPath(name).name: path}, zipped, form="zip")
        return zipped

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes]]:
        if name in self._files:
            with _stream(self._files[name]) as stream:
                yield stream
        elif self.form == "zip":
            with zipfile.ZipFile(self.archive) as archive, archive.open(name) as stream:
                yield stream
        else:
            with tarfile.open(self.archive) as tape:
                yield tape.extractfile(name) or io.BytesIO()


def _pack(files: Files, path: Path, *, form: str) -> None:
    if form == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                member = zipfile.ZipInfo(name, DATE)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.file_size = _size(content)
                with _stream(content) as source, archive.open(member, "w") as target:
                    shutil.copyfileobj(source, target, PIECE)
    else:
        with tarfile.open(path, "w:gz") as tape:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = _size(content)
                with _stream(content) as source:
                    tape.addfile(entry, source)


def _listed(archive: Path, *, form: str) -> dict[str, int]:
    try:
        return _members(archive, form=form)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, ValueError):
        return {}  # a broken archive is served as it is; nobody knows what is in it


def _members(archive: Path, *, form: str) -> dict[str, int]:
    if form == "zip":
        with zipfile.ZipFile(archive) as members:
            return {one.filename: one.file_size for one in members.infolist() if not one.is_dir()}
    with tarfile.open(archive) as tape:
        return {one.name: one.size for one in tape if one.isfile()}


def _stream(content: Content) -> IO[bytes]:
    if isinstance(content, Path):
        return content.open("rb")
    return io.BytesIO(content.encode() if isinstance(content, str) else content)


def _size(content: Content) -> int:
    if isinstance(content, Path):
        return content.stat().st_size
    return len(content.encode() if isinstance(content, str) else content)
