"""A project's requirements: from its file, else from the ``requirements.txt`` beside it."""

from __future__ import annotations

import re
from pathlib import Path

from kagura.errors import UsageError
from kagura.project.record import Project
from kagura.system.files import write_atomically

__all__ = ["STAND_IN", "edit_stand_in", "fault_of", "requirements_of", "stands_in"]

STAND_IN = "requirements.txt"

_VERSION = r"\s*(===?|~=|!=|<=?|>=?)\s*[\w.*+!\-]+\s*"
_PLAIN = re.compile(
    r"\s*[A-Za-z0-9]([\w.\-]*[A-Za-z0-9])?\s*(\[[\w\s,.\-]*\])?"
    rf"({_VERSION}(,{_VERSION})*)?\s*"
)


def fault_of(requirement: str) -> str | None:
    """Why a text is no requirement that a project can have; None if it is one."""
    if _PLAIN.fullmatch(requirement):
        return None
    # Nearly all are plain; the others cost the import of a parser.
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        found = Requirement(requirement)
    except InvalidRequirement:
        return "this is not a package's name and versions"
    return "an address cannot be locked to a date: name the package" if found.url else None


def stands_in(project: Project) -> bool:
    """Whether ``requirements.txt`` says what the project requires."""
    return project.requirements is None and (project.folder / STAND_IN).is_file()


def requirements_of(project: Project) -> tuple[str, ...]:
    """What the project requires, as written, each once, sorted.  Raises UsageError."""
    if project.requirements is not None:
        found = list(project.requirements)
    elif stands_in(project):
        found = [line for _, line in _lines(project.folder / STAND_IN)]
    else:
        found = []
    return tuple(sorted({" ".join(text.split()) for text in found}))


def edit_stand_in(folder: Path, *, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
    """Change ``requirements.txt``: take out lines (as written), add others; comments stay."""
    path = folder / STAND_IN
    gone = {" ".join(text.split()) for text in remove}
    kept = [
        line
        for line in path.read_text("utf-8-sig").splitlines()
        if " ".join(_bare(line).split()) not in gone or not _bare(line)
    ]
    write_atomically(path, "".join(f"{line}\n" for line in (*kept, *add)))


def _lines(path: Path) -> list[tuple[int, str]]:
    """The requirements of a file, each with its line; what only pip understands is refused."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    found = []
    for number, line in _joined(text):
        bare = re.split(r"\s--hash[= ]", _bare(line))[0].strip()
        if not bare:
            continue
        if bare.startswith("-"):
            raise UsageError(
                f"{path}, line {number}: {bare}: options of pip mean nothing here",
                hint="keep plain requirements in it, or list them in kagura.toml: "
                'requirements = ["…"]',
            )
        fault = fault_of(bare)
        if fault:
            raise UsageError(f"{path}, line {number}: {bare}: {fault}")
        found.append((number, bare))
    return found


def _joined(text: str) -> list[tuple[int, str]]:
    """Lines with their numbers; one that ends in a backslash goes on in the next."""
    found: list[tuple[int, str]] = []
    going_on = False
    for number, line in enumerate(text.splitlines(), start=1):
        ends = line.rstrip().endswith("\\")
        part = line.rstrip().removesuffix("\\") if ends else line
        if going_on:
            start, before = found.pop()
            found.append((start, f"{before} {part.strip()}"))
        else:
            found.append((number, part))
        going_on = ends
    return found


def _bare(line: str) -> str:
    return re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
