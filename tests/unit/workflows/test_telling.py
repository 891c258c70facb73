"""What is said of a package of the base that changes: who of the base wanted the old one."""

from __future__ import annotations

from typing import Any, cast

import pytest

from kagura.model.lock import Lock, LockedPackage
from kagura.progress import Silent
from kagura.workflows.locking import Locked, Told
from kagura.workflows.telling import tell_conflicts


class Heard(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, topic: str, text: str) -> None:
        self.lines.append(f"{topic}: {text}")


CHANGED = LockedPackage(name="numpy", version="1", change="changed", was="2")
REMOVED = LockedPackage(name="numpy", version="", change="removed", was="2")


@pytest.mark.parametrize(
    ("package", "along", "said"),
    [
        (CHANGED, (), "replaces the base's 2; no package of the base requires the old one"),
        (CHANGED, ("cv",), "the base's cv requires the old one, and changes with it"),
        (CHANGED, ("cv", "tiff"), "the base's cv, tiff require the old one, and change with it"),
        (REMOVED, (), "numpy 2 of the base is taken out; no package of the base requires it"),
        (REMOVED, ("cv",), "is taken out; the base's cv requires it, and changes with it"),
    ],
)
def test_a_change_of_the_base_names_who_wanted_the_old_one(
    package: LockedPackage, along: tuple[str, ...], said: str
) -> None:
    nothing = cast(Any, None)
    told = Told(package=package, unmet=(), along=along)
    made = Locked(lock=Lock(packages=(package,)), ready=nothing, era=nothing, conflicts=(told,))
    heard = Heard()
    tell_conflicts(made, heard, before=Lock())
    assert len(heard.lines) == 1
    assert heard.lines[0].startswith("conflict: numpy ")
    assert heard.lines[0].endswith(said)
