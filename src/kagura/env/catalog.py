"""The catalog that ships with kagura: eras, image digests and ids, freezes, imports, as facts.

Where each file comes from is told in ``data/README.md``.  Every table is read when it is first
asked for and only then: a plain run needs the eras and at most one more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

from kagura.env.names import normalized
from kagura.model.era import Era

__all__ = [
    "DATA",
    "ImageId",
    "colab_freeze",
    "eras",
    "image_ids",
    "image_versions",
    "images",
    "imports",
    "observed_rows",
    "rows",
]

DATA = Path(__file__).parent.parent / "data"

WITHOUT_HEAD = ("imports.tsv", "modules.tsv")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageId:
    """What a survey of notebooks tells of one ``dockerImageVersionId``.

    ``python`` is ``3.10.13`` or empty; ``early`` a day at which it was certainly out;
    ``median`` the middle of the runs seen; ``digests`` the images seen beside it.
    """

    number: int
    python: str
    early: date | None
    median: date | None
    digests: tuple[str, ...]


@cache
def _eras_and_commits() -> tuple[tuple[Era, ...], Mapping[str, Era]]:
    found: dict[date, Era] = {}
    days: dict[str, date] = {}
    for entry in json.loads((DATA / "eras.json").read_bytes()):
        era = Era(
            date=date.fromisoformat(entry["date"]),
            commit=entry["commit"],
            python=entry["python"],
            colab=date.fromisoformat(entry["colab"]) if entry["colab"] else None,
            requirements=tuple(entry["requirements"]),
            base=entry["base"],
        )
        # Two commits of one day: the later one in history stands for the day.
        found[era.date] = era
        days[era.commit] = era.date
    ordered = tuple(found[day] for day in sorted(found))
    return ordered, MappingProxyType({commit: found[day] for commit, day in days.items()})


def eras() -> tuple[Era, ...]:
    """All eras, oldest first, one for each date."""
    return _eras_and_commits()[0]


def _era_of_commit(commit: str) -> Era:
    return _eras_and_commits()[1][commit]


@cache
def images() -> Mapping[str, Era]:
    """The era of every published image, by its digest (``sha256:…``)."""
    return MappingProxyType({row[0]: _era_of_commit(row[4]) for row in rows("images.tsv")})


@cache
def image_versions() -> Mapping[str, Era]:
    """The era of every image version (``v170``): Kaggle names them since v166."""
    named = (row for row in rows("images.tsv") if row[1])
    return MappingProxyType({row[1]: _era_of_commit(row[4]) for row in named})


@cache
def image_ids() -> Mapping[int, ImageId]:
    """Every ``dockerImageVersionId`` that the survey saw, in rising order."""
    found = {}
    for number, python, early, median, _, _, digests in rows("image-versions.tsv"):
        found[int(number)] = ImageId(
            number=int(number),
            python=python,
            early=date.fromisoformat(early) if early else None,
            median=date.fromisoformat(median) if median else None,
            digests=tuple(digests.split(",")) if digests else (),
        )
    return MappingProxyType(dict(sorted(found.items())))


@cache
def colab_freeze(day: date) -> Mapping[str, str]:
    """Distribution → version of the Colab image of a day, as it was built; names normalized."""
    lines = (DATA / "colab" / f"{day:%Y%m%d}.txt").read_text("utf-8").splitlines()
    pairs = (line.split("==", 1) for line in lines if "==" in line)
    return MappingProxyType({normalized(name): version for name, version in pairs})


@cache
def imports() -> Mapping[str, int]:
    """Top-level Python module → number of surveyed notebooks that import it."""
    return MappingProxyType(
        {name: int(count) for name, count in rows("imports.tsv") if not name.startswith("R:")}
    )


def observed_rows() -> Iterator[tuple[int | None, str, str, str, str, int]]:
    """Yield image id, run month, Python, distribution, version and number of notebooks."""
    for number, month, python, name, version, notebooks in rows("observed-versions.tsv"):
        yield int(number) if number else None, month, python, name, version, int(notebooks)


def rows(name: str) -> Iterator[list[str]]:
    """Yield the fields of each line of a table in ``data/``, without its head and comments."""
    lines = (DATA / name).read_text("utf-8").split("\n")
    content = (line for line in lines if line and not line.startswith("#"))
    if name not in WITHOUT_HEAD:
        next(content)
    for line in content:
        yield line.split("\t")
