"""The distributions that stacked folders hold, by their metadata; and which files are theirs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kagura.env.names import normalized
from kagura.env.stacked_folders import Stack, kind_of, read_text

__all__ = ["Distribution", "Files", "distributions", "files_of"]

SITES = ("site-packages", "dist-packages")
# No other letters: what a notebook names its folders is shown on a terminal.
DIST_INFO = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)-(?P<version>[\w.!+]+)\.dist-info", re.ASCII)
EGG_INFO = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*?)(-(?P<version>\d[\w.!+]*))?(-py[\d.]+(-[\w.-]+)?)?\.egg-info",
    re.ASCII,
)
VERSION = re.compile(r"^Version:\s*([\w.!+-]+)", re.MULTILINE | re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A package that is installed; ``site`` and ``metadata`` say where (``lib/…``, a name)."""

    name: str
    version: str
    site: tuple[str, ...]
    metadata: str


@dataclass(slots=True)
class Files:
    """Paths below a prefix: single ones, and folders with all that is in them."""

    paths: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)

    def hold(self, path: str) -> bool:
        """Whether a path is among them."""
        if path in self.paths:
            return True
        parts = path.split("/")
        return any("/".join(parts[:length]) in self.folders for length in range(1, len(parts) + 1))

    def add(self, path: str) -> None:
        """Add a file, and the folders that lead to it: a removal may take them along."""
        while path and path not in self.paths:
            self.paths.add(path)
            path = posixpath.dirname(path)


def distributions(prefix: Stack) -> dict[str, Distribution]:
    """What is installed below a prefix, by normalized name."""
    found = {}
    for site in _sites(prefix):
        folder = prefix.enter(*site)
        for name in folder.names():
            item = _distribution(folder, name, site)
            if item is not None:
                found[item.name] = item
    return found


def files_of(item: Distribution, prefix: Stack, files: Files) -> None:
    """Add to ``files`` what belongs to a distribution, as far as its metadata tells."""
    site = "/".join(item.site)
    folder = prefix.enter(*item.site)
    files.add(f"{site}/{item.metadata}")
    files.folders.add(f"{site}/{item.metadata}")
    record = read_text(folder.find(item.metadata, "RECORD"))
    for line in record.splitlines():
        path = line.rsplit(",", 2)[0].strip('"')
        files.add(posixpath.normpath(f"{site}/{path}"))
    if record:
        return
    for line in read_text(folder.find(item.metadata, "top_level.txt")).split():
        files.folders |= {f"{site}/{line}", f"{site}/{line}.py"}
    for line in read_text(folder.find(item.metadata, "installed-files.txt")).splitlines():
        files.add(posixpath.normpath(f"{site}/{item.metadata}/{line}"))


def _sites(prefix: Stack) -> Iterator[tuple[str, ...]]:
    library = prefix.enter("lib")
    for name in library.names():
        if not name.startswith("python"):
            continue
        for site in SITES:
            # One of the two may be a link to the other.
            path = library.find(name, site)
            if path is not None and kind_of(path) == "folder":
                yield ("lib", name, site)


def _distribution(folder: Stack, name: str, site: tuple[str, ...]) -> Distribution | None:
    if name.endswith(".dist-info"):
        match = DIST_INFO.fullmatch(name)
        # An uninstallation that was broken off leaves the folder, empty.
        if match is None or folder.find(name, "METADATA") is None:
            return None
        version: str | None = match["version"]
    elif name.endswith(".egg-info"):
        match = EGG_INFO.fullmatch(name)
        if match is None:
            return None
        version = match["version"]
        if version is None:
            told = VERSION.search(read_text(folder.find(name, "PKG-INFO")))
            version = told[1] if told else None
    else:
        return None
    if not version:
        return None
    return Distribution(name=normalized(match["name"]), version=version, site=site, metadata=name)
