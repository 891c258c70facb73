"""``requirements.txt``: what the project adds to its base, with hashes; or all that there is."""

from __future__ import annotations

from kagura.model.lock import LockedPackage
from kagura.project.export.mark import marked
from kagura.project.export.outline import Outline

__all__ = ["delta_lines", "requirements_text", "whole_text"]


def requirements_text(outline: Outline) -> str:
    """The locked delta; ``pip install --no-deps -r`` puts it over the base.

    https://pip.pypa.io/en/stable/topics/secure-installs/ tells of the hashes.
    """
    lines = [
        f"# What {outline.name} adds to its base, {outline.title}.",
        *(f"# Taken out of the base: pip uninstall {item.name}" for item in outline.removed),
        *(_lines(item, " \\\n    ") for item in outline.installed),
    ]
    return marked(_joined(lines), kind="requirements")


def whole_text(outline: Outline) -> str:
    """The whole environment, base and delta; without hashes, as the lock has none of the base's."""
    packages = {text.partition("==")[0]: text for text in outline.base.packages}
    for item in outline.removed:
        packages.pop(item.name, None)
    packages |= {item.name: str(item) for item in outline.installed}
    head = f"# All of {outline.name}: its base, {outline.title}, with what it adds and changes."
    return marked(
        _joined([head, *(packages[name] for name in sorted(packages))]), kind="requirements"
    )


def delta_lines(outline: Outline) -> list[str]:
    """The delta, a line a package."""
    return [_lines(item, " ") for item in outline.installed]


def _lines(item: LockedPackage, between: str) -> str:
    return between.join([str(item), *(f"--hash={one}" for one in sorted(item.hashes))])


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
