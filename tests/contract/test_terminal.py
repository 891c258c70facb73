"""On a terminal: bars that move, colours, and the same words as elsewhere."""

from __future__ import annotations

import os
import pty
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from commands import ERA, KAGURA, write_notebook


def on_a_terminal(*arguments: str | Path, home: Path, folder: Path) -> tuple[int, str]:
    """Run ``kagura ARGUMENTS`` on a terminal of its own; its exit status and what was drawn."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        variables = os.environ | {"KAGURA_HOME": str(home), "TERM": "xterm"}
        os.execve(KAGURA[0], [*KAGURA, *(os.fspath(word) for word in arguments)], variables)
    drawn = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # how Linux tells that the other end is closed
            break
        if not piece:
            break
        drawn += piece
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), drawn.decode(errors="replace")


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # of 3.12, on fork
def test_the_cells_are_counted_by_a_bar(home: Path, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "1", "2", "3")
    status, drawn = on_a_terminal("run", notebook, "--base", ERA, home=home, folder=tmp_path)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)
    assert status == 0, drawn
    assert "Traceback" not in text
    assert re.search(r"cells\s+━+ 3/3 ", text), text
    assert re.search(r"^base\s+era 2023-07-08 · Python 3\.10", text, re.MULTILINE), text
    assert re.search(r"^done\s+runs/n/", text, re.MULTILINE), text
