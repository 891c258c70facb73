"""The version that each package had in an era, from the strongest evidence there is for it.

For each package the first of these that speaks.  The shares are of versions hit when each era's
sightings are predicted from the other eras' only (1,208 versions in 23 eras): 80% in all, 61% by
the date alone.

1. seen in this very era                                      it is the evidence itself
2. the one version that Kaggle's own Dockerfile asked for     98%
3. seen with one version before and after, on this Python     99%
4. the Colab freeze, unless sightings nearby show that
   Kaggle's images did not follow it for this package         88%
5. since Colab: the last two sightings agree, none is later;
   before: seen in the nearest image on the same conda base   73%
6. between what was seen before and after, as of the date     73%
7. what Kaggle's Dockerfile asked for, as of the date         60%

Where no line speaks the date alone decides (66%).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from kagura.env.catalog import colab_freeze, eras
from kagura.env.core import stand_ins
from kagura.env.observed import Sightings, seen
from kagura.env.requirements import asked_for, exact
from kagura.model.era import Era, Pin

__all__ = ["exclude_newer", "is_exact", "pins"]


SAME_BUILD = {"opencv-python-headless": "opencv-python"}
"""Built from one source, with and without windows: Kaggle had the one, a base has the other."""


def pins(era: Era, *, sightings: Sightings | None = None) -> tuple[Pin, ...]:
    """One pin for each package of which something is known, the strongest first.

    ``sightings`` are those of all images, unless given (to see what others would predict).
    """
    evidence = _Evidence(era, seen() if sightings is None else sightings)
    ranked = sorted(evidence.all(), key=lambda found: (found[0], found[1].name))
    return tuple(pin for _, pin in ranked)


def is_exact(pin: Pin) -> bool:
    """Whether a pin names one version: it then counts whatever the version's upload date."""
    return exact(SpecifierSet(pin.specifier)) is not None


def exclude_newer(era: Era) -> date:
    """The last day whose uploads an era may use.

    It is the day of the commit: against 1,265 observed versions in 23 eras, that day gets 60%
    right; 10 days earlier 58%, 3 days later 58%, 16 days later 53%, 25 days later 50%.
    """
    return era.date


class _Evidence:
    """What is known of an era's packages."""

    def __init__(self, era: Era, sightings: Sightings) -> None:
        same = [other for other in eras() if other.python == era.python and other != era]
        self._era = era
        self._own = sightings.get(era.date, {})
        self._before = [other for other in reversed(same) if other.date < era.date]
        self._after = [other for other in same if other.date > era.date]
        self._sightings = sightings
        self._asked = asked_for(era)
        self._freeze = colab_freeze(era.colab) if era.colab else {}
        self._stand_ins = {pin.name: pin for pin in stand_ins(era)}

    def all(self) -> Iterator[tuple[int, Pin]]:
        names = {*self._own, *self._asked, *self._freeze, *self._stand_ins, *SAME_BUILD}
        for other in (*self._before, *self._after):
            names.update(self._sightings.get(other.date, {}))
        for name in sorted(names):
            found = self._of(name)
            if found is None and name in SAME_BUILD:
                found = self._of(SAME_BUILD[name])
            if found is not None:
                rank, pin = found
                yield rank, replace(pin, name=name)

    def _of(self, name: str) -> tuple[int, Pin] | None:
        if name in self._own:
            return 1, Pin(name=name, specifier=f"=={self._own[name]}", strength="observed")
        if name in self._stand_ins:
            return 2, self._stand_ins[name]
        asked = self._asked.get(name, SpecifierSet())
        if exact(asked):
            return 2, Pin(name=name, specifier=f"=={exact(asked)}", strength="era")
        before, after = self._seen(name, self._before), self._seen(name, self._after)
        frozen = self._freeze.get(name, "").partition("+")[0]
        if before and after and before[0] == after[0] and _allows(asked, before[0]):
            return 3, Pin(name=name, specifier=f"=={before[0]}", strength="observed")
        if frozen and _allows(asked, frozen) and self._follows_freeze(name):
            return 4, Pin(name=name, specifier=f"=={frozen}", strength="colab")
        lasting = self._held(before, after) if self._era.colab else self._on_same_base(name)
        if lasting and _allows(asked, lasting):
            return 5, Pin(name=name, specifier=f"=={lasting}", strength="observed")
        between = _between(before, after)
        if between and not asked:
            return 6, Pin(name=name, specifier=between, strength="observed")
        if asked:
            return 7, Pin(name=name, specifier=str(asked), strength="era")
        return None

    def _seen(self, name: str, others: list[Era]) -> list[str]:
        found = (self._sightings.get(other.date, {}).get(name) for other in others)
        return [version for version in found if version]

    def _held(self, before: list[str], after: list[str]) -> str | None:
        return before[0] if len(before) > 1 and before[0] == before[1] and not after else None

    def _on_same_base(self, name: str) -> str | None:
        others = [
            other
            for other in (*self._before, *self._after)
            if other.base == self._era.base and name in self._sightings.get(other.date, {})
        ]
        nearest = min(others, key=lambda other: abs(other.date - self._era.date), default=None)
        return self._sightings[nearest.date][name] if nearest else None

    def _follows_freeze(self, name: str) -> bool:
        """Whether each sighting nearby is the version of its own Colab freeze."""
        for others in (self._before, self._after):
            for other in others:
                version = self._sightings.get(other.date, {}).get(name)
                frozen = colab_freeze(other.colab).get(name) if other.colab else None
                if version and frozen:
                    if version != frozen.partition("+")[0]:
                        return False
                    break
        return True


def _allows(asked: SpecifierSet, version: str) -> bool:
    return asked.contains(version, prereleases=True)


def _between(before: list[str], after: list[str]) -> str | None:
    if not after:
        return None
    if not before:
        return f"<={after[0]}"
    if Version(before[0]) < Version(after[0]):
        return f">={before[0]},<={after[0]}"
    return None
