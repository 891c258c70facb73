"""What an installed kernel.json tells kagura is what kagura reads."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from kagura.cli.kernel import run_command
from kagura.workflows.kernel import KernelOptions
from kagura.workflows.kernelspecs import arguments


@pytest.mark.parametrize(
    "options",
    [
        KernelOptions(project=Path("/p/a folder")),
        KernelOptions(base="python=3.12", day=date(2026, 1, 31)),
        KernelOptions(
            notebook=Path("/n/ünï.ipynb"),
            base="2023-07-08",
            inputs=("a=/data/a", "b=/data/b c"),
            gpus="none",
            internet=False,
        ),
    ],
)
def test_every_option_of_a_kernel_comes_back(options: KernelOptions) -> None:
    told = run_command.make_context("run", arguments(options)).params
    day = told["day"]
    assert told["connection_file"] == Path("{connection_file}")
    assert options == KernelOptions(
        project=told["project"],
        notebook=told["notebook"],
        base=told["base"],
        day=day.date() if isinstance(day, datetime) else None,
        inputs=told["inputs"],
        gpus=told["gpus"],
        internet=not told["no_internet"],
    )
