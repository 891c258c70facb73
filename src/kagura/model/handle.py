"""Handles: what a thing on Kaggle is called, read from all the forms in which people write it."""

from __future__ import annotations

import glob
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from kagura.errors import UsageError

__all__ = [
    "Handle",
    "HandleKind",
    "input_handle",
    "names_folder",
    "notebook_handle",
    "source_handles",
    "version_is_hidden",
]

HandleKind = Literal["competition", "dataset", "model", "notebook"]

FOLDERS: dict[HandleKind, str] = {
    "competition": "competitions",
    "dataset": "datasets",
    "model": "models",
    "notebook": "notebooks",
}
# How the site and the API have called the kinds over the years.
NAMES: dict[str, HandleKind] = {
    "competitions": "competition",
    "c": "competition",
    "datasets": "dataset",
    "d": "dataset",
    "models": "model",
    "m": "model",
    "notebooks": "notebook",
    "code": "notebook",
    "kernels": "notebook",
    "scripts": "notebook",
}
# Parts of an address that name a page or a level, and nothing of the thing itself.
LEVELS = {"frameworks", "variations", "versions", "version"}
PAGES = {
    "code", "comments", "data", "discussion", "discussions", "edit", "input", "log", "notebook",
    "output", "overview", "run", "script", "settings",
}  # fmt: skip
PARTS: dict[HandleKind, int] = {"competition": 1, "dataset": 2, "model": 4, "notebook": 2}
EXAMPLES: dict[HandleKind, str] = {
    "competition": "competitions/titanic",
    "dataset": "uciml/iris or datasets/uciml/iris/versions/2 (a competition: competitions/titanic)",
    "model": "models/google/gemma/pyTorch/2b/3",
    "notebook": "notebooks/alexisbcook/titanic-tutorial",
}
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]*\Z")
SITE = re.compile(r"(?:https?://)?(?:www\.)?kaggle\.com(?=/|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """The name of one thing on Kaggle.  ``version`` None: the newest there is.

    ``owner`` is None for a competition; ``framework`` (as Kaggle spells it: ``pyTorch``) and
    ``variation`` are there for a model only.  ``files`` are patterns of those that are wanted
    (``train/*.csv``); none: all.
    """

    kind: HandleKind
    slug: str
    owner: str | None = None
    framework: str | None = None
    variation: str | None = None
    version: int | None = None
    files: tuple[str, ...] = ()

    def __str__(self) -> str:
        """``datasets/uciml/iris/versions/2#*.csv``: read back by ``input_handle``."""
        number = () if self.version is None else ("versions", str(self.version))
        return "#".join(["/".join([self.name, *number]), *self.files])

    @property
    def name(self) -> str:
        """The handle without its version and its choice of files."""
        return f"{FOLDERS[self.kind]}/{self.plain}"

    @property
    def plain(self) -> str:
        """The handle as the API's own: ``uciml/iris``, ``google/gemma/pyTorch/2b``."""
        parts = (self.owner, self.slug, self.framework, self.variation)
        return "/".join(part for part in parts if part)

    @property
    def page(self) -> str:
        """The path of its page on the site, from the first slash."""
        if self.kind == "notebook":
            return f"/code/{self.owner}/{self.slug}"
        if self.kind == "model":
            return f"/models/{self.owner}/{self.slug}/{self.framework}/{self.variation}"
        return f"/{self.name}"

    def at(self, version: int | None) -> Handle:
        """The same thing in a version."""
        return replace(self, version=version)

    def only(self, files: Sequence[str]) -> Handle:
        """The same thing, of it these files.  Raises UsageError for what is no pattern of one."""
        for pattern in files:
            if not pattern or "#" in pattern or pattern[0] == "/" or ".." in pattern.split("/"):
                raise UsageError(
                    f"{pattern!r} is no pattern of files in {self.name}",
                    hint="write it as train/*.csv or images/: a path within the data",
                )
        return replace(self, files=tuple(dict.fromkeys(files)))


def notebook_handle(text: str) -> Handle:
    """A notebook by its address, or by ``owner/slug``, with or without a version.

    Raises UsageError.  What a ``scriptVersionId`` (or ``/edit/run/…``) stands for only the site
    knows: such an address names the notebook, and no version.
    """
    parts = _without_run(_split(text)[0])
    if "code" in parts[1:-2]:
        # /competitions/titanic/code/owner/slug
        parts = parts[parts.index("code", 1) :]
    if parts and NAMES.get(parts[0]) not in (None, "notebook"):
        raise UsageError(
            f"{text}: this is a {NAMES[parts[0]]}, not a notebook",
            hint="give a notebook's address: https://www.kaggle.com/code/OWNER/SLUG; "
            "`kagura input add` takes data",
        )
    return _handle("notebook", parts[1:] if NAMES.get(parts[0]) == "notebook" else parts, text)


def version_is_hidden(text: str) -> bool:
    """Whether an address names a version by a number that only the site understands."""
    parts, query = _split(text)
    names_one = bool({"scriptVersionId", "kernelSessionId"} & set(query))
    return names_one or _without_run(parts) != parts


def input_handle(text: str) -> Handle:
    """An input by its address, or by its handle; two bare words are a data set's.

    After a ``#`` come the files that are wanted of it; in an address of the site, ``?select=`` is
    one.  Raises UsageError.
    """
    parts, query = _split(text)
    files = [] if SITE.match(text.strip()) else text.strip().split("#")[1:]
    files += [glob.escape(file) for file in query.get("select", [])]
    if len(parts) > 1 and parts[0] in NAMES:
        return _handle(NAMES[parts[0]], parts[1:], text).only(files)
    kind: HandleKind = "model" if len(parts) >= 4 and not LEVELS & set(parts) else "dataset"
    return _handle(kind, parts, text).only(files)


def names_folder(text: str) -> bool:
    """Whether an input as it is written is ``NAME=FOLDER``, and no handle."""
    name, separator, _ = text.partition("#")[0].partition("=")
    # An address has an `=` too: behind a `?`, which no name has.
    return bool(separator) and "?" not in name


def source_handles(metadata: dict[str, object]) -> tuple[Handle, ...]:
    """The inputs that a ``kernel-metadata.json`` lists; what is deleted or private is "" there.

    Raises UsageError for one that is no handle.
    """
    found: list[Handle] = []
    keys: tuple[tuple[str, HandleKind], ...] = (
        ("competition_sources", "competition"),
        ("dataset_sources", "dataset"),
        ("model_sources", "model"),
        ("kernel_sources", "notebook"),
    )
    for key, kind in keys:
        listed = metadata.get(key)
        for text in listed if isinstance(listed, list) else ():
            if isinstance(text, str) and text.strip():
                parts, _ = _split(text)
                # Older ones carry the site's prefix: `datasets/`, `code/`, `c/`.
                parts = parts[1:] if len(parts) > PARTS[kind] and parts[0] in NAMES else parts
                found.append(_handle(kind, parts, text))
    return tuple(dict.fromkeys(found))


def _split(text: str) -> tuple[list[str], dict[str, list[str]]]:
    address = urlsplit(SITE.sub("", text.strip(), count=1))
    if address.scheme or address.netloc:
        raise UsageError(
            f"{text}: this is no address of Kaggle's",
            hint="give https://www.kaggle.com/… or a handle such as OWNER/SLUG",
        )
    parts = [part for part in address.path.split("/") if part]
    if not parts:
        raise UsageError(f"{text!r} names nothing", hint="give a handle such as OWNER/SLUG")
    return parts, parse_qs(address.query)


def _without_run(parts: list[str]) -> list[str]:
    """The parts before ``edit/run/12345``: that number is the site's own, as a scriptVersionId."""
    for place in range(2, len(parts) - 2):
        if parts[place : place + 2] == ["edit", "run"] and parts[place + 2].isdecimal():
            return parts[:place]
    return parts


def _handle(kind: HandleKind, parts: list[str], text: str) -> Handle:
    count = PARTS[kind]
    words = [part for part in parts if part not in LEVELS]
    while len(words) > count and words[-1] in PAGES:
        words.pop()
    names, rest = words[:count], words[count:]
    organization = kind == "dataset" and names[:1] == ["organizations"]
    if organization:
        names, rest = words[1:3], words[3:]
    version = rest[0].removeprefix("v") if rest else None
    wrong = (
        len(names) != count
        or not all(SLUG.match(name) for name in names)
        or len(rest) > 1
        or (version is not None and (kind == "competition" or not version.isdecimal()))
        or version == "0"
    )
    if wrong:
        raise UsageError(
            f"{text}: this is not a {kind}'s handle", hint=f"write it as {EXAMPLES[kind]}"
        )
    owner = names[0] if kind != "competition" else None
    return Handle(
        kind=kind,
        owner=owner,
        slug=names[0] if kind == "competition" else names[1],
        framework=names[2] if kind == "model" else None,
        variation=names[3] if kind == "model" else None,
        version=int(version) if version is not None else None,
    )
