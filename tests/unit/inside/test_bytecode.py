"""What is compiled, by which Python, and what stays as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kagura.inside import bytecode


def compile_in_a_process(*paths: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-I", "-S", bytecode.__file__, *map(str, paths)]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def test_all_files_are_compiled_by_several_processes(tmp_path: Path) -> None:
    for number in range(2 * bytecode.FEW):
        folder = tmp_path / f"package{number % 7}"
        folder.mkdir(exist_ok=True)
        (folder / f"m{number}.py").write_text(f"x = {number}\n")
    (tmp_path / "single.py").write_text("y = 1\n")
    folders = [path for path in tmp_path.iterdir() if path.is_dir()]
    answer = compile_in_a_process(*folders, tmp_path / "single.py")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert len(list(tmp_path.rglob("*.pyc"))) == 2 * bytecode.FEW + 1


def test_what_cannot_be_compiled_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("print 'Python 2'\n")
    (tmp_path / "template.py").write_bytes(b"\xff\x00{{ name }}")
    (tmp_path / "good.py").write_text("x = 1\n")
    answer = compile_in_a_process(tmp_path)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    assert [path.name.partition(".")[0] for path in tmp_path.rglob("*.pyc")] == ["good"]


def test_what_is_compiled_already_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("x = 1\n")
    compile_in_a_process(tmp_path)
    (compiled,) = tmp_path.rglob("*.pyc")
    before = compiled.stat().st_ino
    compile_in_a_process(tmp_path)
    assert compiled.stat().st_ino == before


def test_a_process_that_was_killed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(bytecode.FEW):
        (tmp_path / f"m{number}.py").write_text("")
    monkeypatch.setattr(sys, "argv", ["bytecode.py", str(tmp_path)])
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(os, "waitpid", lambda child, _: (child, 9))
    monkeypatch.setattr(os, "fork", lambda: 4711)
    with pytest.raises(SystemExit) as end:
        bytecode.main()
    assert end.value.code == 1
