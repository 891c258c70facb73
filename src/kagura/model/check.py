"""What ``check``, ``doctor`` and ``base list`` answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["BaseEntry", "CheckReport", "Finding", "InputState"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputState:
    """An input of a notebook: its path under ``/kaggle/input`` and its folder, if it is here.

    ``handle``: what a run would fetch from Kaggle for it.
    """

    path: str
    folder: str | None
    handle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a notebook needs, what is here, and what a run would use.

    ``base_ready``: the base is built.  ``in_base`` and ``in_layer`` are top-level modules;
    ``unknown`` are imports that no known package has; ``layout`` is the mount layout and why.
    """

    notebook: str
    era: str
    python: str
    reason: str
    base_digest: str | None
    in_base: tuple[str, ...]
    in_layer: tuple[str, ...]
    unknown: tuple[str, ...]
    lacking: tuple[str, ...]
    installs: tuple[str, ...]
    inputs: tuple[InputState, ...]
    layout: str
    internet: bool
    accelerator: str | None
    warnings: tuple[str, ...]
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that doctor looked at.  ``mend`` is empty when all is well."""

    topic: str
    state: Literal["ok", "warning", "broken"]
    text: str
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseEntry:
    """A base in the store; ``size`` in bytes on disk."""

    digest: str
    era: str
    python: str
    prefix: str
    packages: int
    size: int
    in_use: bool
    plain: bool = False
