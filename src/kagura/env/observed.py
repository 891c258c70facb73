"""What pip itself printed inside Kaggle's images, put to the eras and cleaned of foreign runs.

Three kinds of rows are none of the image's own: those of another kind of image (TPU), those of a
notebook that carried a Kaggle id but ran elsewhere (its versions disagree with all others of the
image), and, where no image id is told, those of a pinned older image.  A notebook's own upgrades
are outvoted by the other notebooks of its era.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

from packaging.version import Version

from kagura.env.catalog import eras, observed_rows
from kagura.env.image_ids import dated_image
from kagura.env.names import normalized
from kagura.env.reigns import nearest, of_python

__all__ = ["Sightings", "foreign_runs", "seen"]

Sightings = Mapping[date, Mapping[str, str]]
"""Era's date → distribution → version."""

TPU_IMAGES = frozenset({31194})

CONDA_ONLY = re.compile(r"\.post\d{8}$")
"""Versions that conda gave its own builds; PyPI never had them."""

FOREIGN = 0.25
"""Above this share of versions that no other notebook of the era has, a run is foreign."""

ENOUGH = 8
"""Packages that two runs must share before they are compared."""

_Group = tuple[date, int | None, str]
_Votes = dict[str, Counter[str]]


@cache
def seen() -> Sightings:
    """Every era with sightings, oldest first, and the version of each package seen in it."""
    groups = _groups()
    merged: dict[date, dict[str, str]] = {}
    undated: dict[date, bool] = {}
    for day in sorted({group[0] for group in groups}):
        own = {group: votes for group, votes in groups.items() if group[0] == day}
        kept = {group: own[group] for group in own if not _is_foreign(group, own)}
        totals = _sum(kept.values())
        merged[day] = {name: _winner(votes) for name, votes in sorted(totals.items())}
        undated[day] = all(number is None for _, number, _ in kept)
    return {
        day: _without_setbacks(day, merged) if undated[day] else versions
        for day, versions in merged.items()
    }


def foreign_runs() -> frozenset[str]:
    """The image ids (or months, where no id is told) whose rows are of another machine's runs."""
    groups = _groups()
    days = {group[0] for group in groups}
    eras_groups = [{key: groups[key] for key in groups if key[0] == day} for day in days]
    return frozenset(
        str(number or month)
        for era in eras_groups
        for day, number, month in era
        if _is_foreign((day, number, month), era)
    )


def _groups() -> dict[_Group, _Votes]:
    groups: dict[_Group, _Votes] = defaultdict(lambda: defaultdict(Counter))
    for number, month, python, name, version, notebooks in observed_rows():
        if number in TPU_IMAGES or CONDA_ONLY.search(version):
            continue
        dated = dated_image(number) if number is not None else None
        if dated is not None:
            day = dated.era.date
        else:
            middle = date.fromisoformat(f"{month}-15")
            day = nearest(middle, of_python(python)).date
        groups[day, number, month][normalized(name)][version.partition("+")[0]] += notebooks
    return groups


def _is_foreign(group: _Group, era: Mapping[_Group, _Votes]) -> bool:
    others = _sum(votes for other, votes in era.items() if other != group)
    shared = [name for name in era[group] if name in others]
    odd = [name for name in shared if not set(era[group][name]) & set(others[name])]
    return len(shared) >= ENOUGH and len(odd) > FOREIGN * len(shared)


def _sum(many: Iterable[_Votes]) -> _Votes:
    totals: _Votes = defaultdict(Counter)
    for votes in many:
        for name, versions in votes.items():
            totals[name] += versions
    return totals


def _winner(votes: Counter[str]) -> str:
    return max(votes, key=lambda version: (votes[version], Version(version)))


def _without_setbacks(day: date, merged: Mapping[date, Mapping[str, str]]) -> dict[str, str]:
    """The versions of an era, without those that had been left behind and never came back."""
    minor = {era.date: era.python for era in eras()}
    same = [other for other in merged if minor[other] == minor[day]]
    kept = {}
    for name, version in merged[day].items():
        earlier = [merged[other][name] for other in same if other < day and name in merged[other]]
        later = [merged[other][name] for other in same if other > day and name in merged[other]]
        left_behind = any(Version(before) > Version(version) for before in earlier)
        if not left_behind or any(Version(after) <= Version(version) for after in later):
            kept[name] = version
    return kept
