"""Starting the real command line on notebooks that are made up on the spot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

KAGURA = (sys.executable, "-m", "kagura")

# Also the example's and two cases' era: its base is built once in a session.
ERA = "2023-07-08"


def write_notebook(path: Path, *cells: str) -> Path:
    """A notebook with these code cells."""
    document = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {},
        "cells": [
            {
                "cell_type": "code",
                "source": source,
                "metadata": {},
                "outputs": [],
                "execution_count": None,
            }
            for source in cells
        ],
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def start(*arguments: str | Path, home: Path, folder: Path) -> subprocess.Popen[str]:
    """Start ``kagura ARGUMENTS`` in a folder, with a marker in its environment."""
    return subprocess.Popen(
        [*KAGURA, *(os.fspath(word) for word in arguments)],
        env=os.environ | {"KAGURA_HOME": str(home)},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests themselves run in the background, Ctrl-C is ignored, and children inherit.
        preexec_fn=_hear_interrupts,
    )


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def finish(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for it; its exit status and what it printed."""
    stdout, stderr = process.communicate(timeout=900)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def kagura(*arguments: str | Path, home: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run ``kagura ARGUMENTS`` to its end."""
    return finish(start(*arguments, home=home, folder=folder))
