"""What a run did: the record behind ``report.json`` and ``--format json``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kagura.model.base import GivenWay, LeftOut, Package
from kagura.model.drift import Drift

__all__ = ["CellResult", "Failure", "Output", "Report", "ReportBase", "ReportLayer"]

Status = Literal["ok", "failed", "timeout", "interrupted", "died"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """One code cell; ``index`` counts all cells from 0, ``number`` code cells from 1."""

    index: int
    number: int
    status: Literal["ok", "error", "unrun"]
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why the run did not succeed.  ``traceback`` is plain text, without colour codes."""

    kind: Literal["error", "timeout", "interrupted", "kernel died", "out of memory"]
    cell: int | None
    name: str
    message: str
    traceback: str
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A file that the run left in its folder; ``size`` in bytes."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBase:
    """The base that the run used."""

    digest: str
    era: str
    prefix: str
    python: str
    wanted_python: str
    packages: tuple[Package, ...]
    left_out: tuple[LeftOut, ...]
    given_way: tuple[GivenWay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLayer:
    """The layer that the run used."""

    digest: str
    requirements: tuple[str, ...]
    added: tuple[Package, ...]
    changed: tuple[Package, ...]
    left_out: tuple[LeftOut, ...]
    removed: tuple[Package, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run.  Times are UTC, ISO 8601; ``seconds`` is the whole run, sandbox included."""

    schema: int
    status: Status
    notebook: str
    folder: str
    started: str
    seconds: float
    evidence: dict[str, object]
    base: ReportBase
    layer: ReportLayer | None
    cells: tuple[CellResult, ...]
    failure: Failure | None
    outputs: tuple[Output, ...]
    drift: Drift
    warnings: tuple[str, ...]
    limits: dict[str, object]
    versions: dict[str, str]
    engine: dict[str, object]
