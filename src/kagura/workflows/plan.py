"""From a notebook to what it runs on: read, choose, build.  Shared by ``run`` and ``check``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kagura.env.choose import choose
from kagura.inputs.local import beside, parse
from kagura.model.era import EraChoice
from kagura.model.needs import Needs
from kagura.model.notebook import Notebook
from kagura.notebook.inspect import inspect
from kagura.notebook.metadata import read_kernel_metadata
from kagura.notebook.parameters import inject
from kagura.notebook.read import read

__all__ = ["Plan", "plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is known about a run before anything is built."""

    notebook: Notebook
    needs: Needs
    choice: EraChoice
    inputs: Mapping[str, Path]
    internet: bool
    parameters: Mapping[str, Any] = field(default_factory=dict)


def plan(
    path: Path,
    *,
    base: str | None,
    inputs: Sequence[str],
    parameters: Mapping[str, Any],
    internet: bool,
    today: date,
) -> Plan:
    """Read a notebook and decide its era and inputs.  Raises UsageError and UnsupportedError.

    The internet is on unless the user or the notebook's metadata switches it off.
    """
    notebook = read(path)
    needs = inspect(notebook, read_kernel_metadata(path))
    if parameters:
        notebook = inject(notebook, parameters)
    return Plan(
        notebook=notebook,
        needs=needs,
        choice=choose(needs.evidence, base=base, today=today),
        inputs=parse(inputs) if inputs else beside(path),
        internet=internet and needs.internet is not False,
        parameters=parameters,
    )
