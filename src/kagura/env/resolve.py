"""One question to uv's resolver: which versions satisfy this, as of a date, on this Python?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from kagura.env.names import name_of, normalized
from kagura.env.workshop import Workshop
from kagura.errors import ServiceError
from kagura.model.base import Package

__all__ = ["Answer", "Question", "Refusal", "ask", "ask_in_full", "fail_if_unreachable"]

NO_NETWORK = (
    "error sending request",
    "dns error",
    "Connection refused",
    "tcp connect error",
    "operation timed out",
    "Failed to fetch",
)
OFFLINE = "Network connectivity is disabled"
NO_DATES = "missing an upload date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the resolver.

    ``constraints`` are requirement lines that bind without being wanted; ``exempt`` names
    packages whose pins count whatever their date; ``excludes`` are names left out wherever
    they are wanted; ``only_binary`` are names never built from source; ``preferred`` is what
    to keep where nothing speaks against it; ``mends`` is uv's configuration file.
    """

    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    only_binary: tuple[str, ...] = ()
    preferred: tuple[Package, ...] = ()
    exclude_newer: date
    mends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """No answer, and uv's own words."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A package of an answer in full.

    ``hashes`` are of its files (``sha256:…``); ``needed_by`` names the packages that want it;
    ``direct``: it was asked for by name.
    """

    package: Package
    hashes: tuple[str, ...]
    needed_by: tuple[str, ...]
    direct: bool


def ask(
    workshop: Workshop, question: Question, *, on_line: Callable[[str], None]
) -> tuple[Package, ...] | Refusal:
    """The packages that satisfy a question, or uv's refusal.

    Raises ServiceError when the index cannot be reached or tells no upload dates.
    """
    text = _compile(workshop, question, ("--no-annotate",), on_line=on_line)
    return text if isinstance(text, Refusal) else tuple(sorted(_packages(text)))


def ask_in_full(
    workshop: Workshop, question: Question, *, on_line: Callable[[str], None]
) -> tuple[Answer, ...] | Refusal:
    """As ``ask``, with the files' hashes and who needs what."""
    options = ("--generate-hashes", "--annotation-style", "split")
    text = _compile(workshop, question, options, on_line=on_line)
    if isinstance(text, Refusal):
        return text
    return tuple(sorted(_answers(text), key=lambda answer: answer.package))


def _compile(
    workshop: Workshop,
    question: Question,
    options: tuple[str, ...],
    *,
    on_line: Callable[[str], None],
) -> str | Refusal:
    desk = workshop.desk
    preferred = "".join(f"{package}\n" for package in question.preferred)
    answer = workshop.resolve(
        [
            *("pip", "compile", desk("requirements.in", _lines(question.requirements))),
            *_file("--constraints", desk, question.constraints),
            *_file("--overrides", desk, question.overrides),
            *_file("--excludes", desk, question.excludes),
            *("--config-file", desk("uv.toml", question.mends)),
            *("--python", workshop.interpreter),
            *("--exclude-newer", _end_of(question.exclude_newer)),
            *_repeated("--exclude-newer-package", [f"{name}=false" for name in question.exempt]),
            *_repeated("--only-binary", question.only_binary),
            *("--no-header", "--no-strip-extras", *options),
        ],
        preferred=desk("preferred.txt", preferred) if preferred else None,
        on_line=on_line,
    )
    if answer.status != 0:
        fail_if_unreachable(answer.stderr)
        return Refusal(text=answer.stderr)
    return answer.stdout


def fail_if_unreachable(text: str) -> None:
    """Raise ServiceError if uv's words say that the package index is the trouble."""
    if NO_DATES in text:
        raise ServiceError(
            "the package index tells no upload dates, so no past date can be rebuilt from it",
            hint="use an index that serves them (PyPI does): see UV_DEFAULT_INDEX",
        )
    if OFFLINE in text:
        address = re.search(r"[^\s/]+(?=/?\s*$)", text.partition(OFFLINE)[2].partition("\n")[0])
        named = f" ({address[0]})" if address else ""
        raise ServiceError(
            f"--offline, and something that is needed was never downloaded here{named}",
            hint="without --offline it is fetched, and works offline from then on",
        )
    sign = next((sign for sign in NO_NETWORK if sign in text), None)
    if sign:
        line = next(line for line in text.splitlines() if sign in line)
        raise ServiceError(
            f"the package index could not be reached: {line.strip()}",
            hint="check the network and its proxy settings; what is built already works offline",
        )


def _packages(text: str) -> list[Package]:
    found = re.findall(r"^([A-Za-z0-9][\w.\-]*)(?:\[[^\]]*\])?==([^\s;]+)", text, re.MULTILINE)
    return [Package(name=normalized(name), version=version) for name, version in found]


def _answers(text: str) -> list[Answer]:
    """Each package with the indented lines below it: its hashes, and who wants it."""
    found = []
    for part in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE):
        for package in _packages(part):
            wanting = re.findall(r"^[ ]+#[ ]+(?:via[ ]+)?(\S.*)$", part, re.MULTILINE)
            names = [line for line in wanting if line != "via"]
            found.append(
                Answer(
                    package=package,
                    hashes=tuple(re.findall(r"--hash=(\S+)", part)),
                    needed_by=tuple(sorted(name_of(line) for line in names if line[0] != "-")),
                    direct=any(line.startswith("-r ") for line in names),
                )
            )
    return found


def _end_of(day: date) -> str:
    # A bare date means the start of that day to some versions of uv and its end to others.
    return f"{day + timedelta(days=1)}T00:00:00Z"


def _lines(lines: tuple[str, ...]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _file(option: str, desk: Callable[[str, str], str], lines: tuple[str, ...]) -> list[str]:
    return [option, desk(f"{option.strip('-')}.txt", _lines(lines))] if lines else []


def _repeated(option: str, values: list[str] | tuple[str, ...]) -> list[str]:
    return [word for value in values for word in (option, value)]
