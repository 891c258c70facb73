"""Packages of the system that a sandbox's ``apt`` changed, by dpkg's own list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from kagura.env.stacked_folders import kind_of, read_text
from kagura.model.drift import Change, DriftPackage

__all__ = ["changed_packages", "installed_packages"]

# No other letters: what a notebook writes into the list is shown on a terminal.
WORD = re.compile(r"[a-z0-9][\w.+:~-]+", re.ASCII)

# Its files are there; what is to be done after that may be outstanding.
PRESENT = ("installed", "triggers-pending", "triggers-awaited", "half-configured", "unpacked")


def changed_packages(*, lower: Path, upper: Path) -> tuple[DriftPackage, ...]:
    """What differs between two folders of dpkg (``/var/lib/dpkg``); nothing if none wrote there."""
    if kind_of(upper / "status") != "file":
        return ()
    before = installed_packages(read_text(lower / "status"))
    after = installed_packages(read_text(upper / "status"))
    return tuple(_difference(before, after))


def installed_packages(status: str) -> dict[str, str]:
    """Names and versions of what dpkg's list calls installed."""
    found = {}
    for paragraph in status.split("\n\n"):
        fields = {
            name: value.strip()
            for name, colon, value in (line.partition(":") for line in paragraph.splitlines())
            if colon and name in ("Package", "Version", "Status")
        }
        name, version = fields.get("Package", ""), fields.get("Version", "")
        state = fields.get("Status", "").rpartition(" ")[2]
        if state in PRESENT and WORD.fullmatch(f"{name}{version}"):
            found[name] = version
    return found


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> list[DriftPackage]:
    found = []
    for name in sorted(before.keys() | after.keys()):
        was, version = before.get(name), after.get(name)
        if was == version:
            continue
        change: Change = "added" if was is None else "removed" if version is None else "changed"
        found.append(
            DriftPackage(name=name, change=change, version=version, was=was, installer="apt")
        )
    return found
