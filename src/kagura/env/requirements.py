"""An era's requirement list, cleaned: it was read out of Dockerfiles by a program.

Among the names are stray words (``requirements.txt``, a wheel's file name), names twice
(``pandas`` and ``pandas==0.23.2``) and specifiers that today's tools refuse (``>=2.*``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from kagura.env.names import normalized
from kagura.model.era import Era

__all__ = ["asked_for", "exact"]

STRAY = re.compile(r"\.(txt|whl|tar\.gz|zip|git)$")

WORDS = frozenset({"requirements-txt", "unsafe-first-match", "patchelf"})


@cache
def asked_for(era: Era) -> Mapping[str, SpecifierSet]:
    """Distribution (normalized) → what Kaggle's Dockerfile asked for, often nothing at all."""
    found: dict[str, SpecifierSet] = {}
    for line in era.requirements:
        match = re.fullmatch(r"([A-Za-z0-9][\w.\-]*)(?:\[[^\]]*\])?\s*(.*)", line)
        if match is None or STRAY.search(line):
            continue
        name, specifiers = normalized(match[1]), _specifiers(match[2])
        if name in WORDS or specifiers is None:
            continue
        before = found.get(name, SpecifierSet())
        if exact(before) and exact(specifiers):
            found[name] = specifiers  # two versions in one file: the later line was run last
        else:
            found[name] = before & specifiers
    return found


def exact(specifiers: SpecifierSet) -> str | None:
    """The one version that specifiers allow; ``None`` if they leave a choice."""
    for specifier in specifiers:
        if specifier.operator == "==" and not specifier.version.endswith("*"):
            return specifier.version
    return None


def _specifiers(text: str) -> SpecifierSet | None:
    text = re.sub(r"\+[\w.]+", "", text)  # torch==1.7.1+cpu
    text = re.sub(r"([<>]=?\s*[\d.]*\d)\.\*", r"\1", text)  # >=2.*
    text = re.sub(r"==\s*v(?=\d)", "==", text)
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None
