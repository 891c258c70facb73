"""Scripts, as the program inside runs them: a process of their own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from jobs import Execute, Start


def test_a_script_runs_as_a_process_with_its_output_in_log_and_notebook(execute: Execute) -> None:
    script = (
        "import sys\nprint('out', __name__)\nprint('err', file=sys.stderr)\nprint(sys.stdin.read())"
    )
    result = execute(script=script)
    assert result.end == "ok"
    assert sorted(path.name for path in result.folder.iterdir()) == [
        "__results__.html",
        "__script__.ipynb",
        "__script__.py",
        "case.log",
    ]
    assert (result.folder / "__script__.py").read_text() == script
    assert {"out __main__\n", "err\n"} <= {
        record["data"].replace("\n\n", "\n") for record in result.records
    }
    (cell,) = json.loads((result.folder / "__script__.ipynb").read_text())["cells"]
    assert {output["name"] for output in cell["outputs"]} == {"stdout", "stderr"}
    assert "out __main__" in result.page


def test_a_script_that_fails_is_told_with_its_traceback(execute: Execute) -> None:
    result = execute(script="def f():\n    raise ValueError('too bad: really')\nf()\n")
    assert result.end == "failed"
    assert (result.failure["name"], result.failure["message"]) == ("ValueError", "too bad: really")
    assert result.failure["traceback"].startswith("Traceback")


def test_a_script_that_exits_is_an_error(execute: Execute) -> None:
    failure = execute(script="raise SystemExit(3)").failure
    assert failure["name"] == "SystemExit"
    assert "exit status 3" in failure["message"]


def test_a_script_has_a_time_limit_and_is_interrupted(execute: Execute) -> None:
    result = execute(script="import time\nprint('begun', flush=True)\ntime.sleep(60)", timeout=1)
    assert result.end == "timeout"
    assert "KeyboardInterrupt" in result.log


def test_a_script_is_stopped_by_the_host(start: Start) -> None:
    job = start(script="import time\ntime.sleep(60)")
    job.wait_for("cell", status="running")
    job.say(b"stop\n")
    assert job.finish().end == "interrupted"


@pytest.mark.parametrize("kind", ["notebook", "script"])
def test_a_python_that_is_not_there_is_told(execute: Execute, kind: str) -> None:
    script = "print(1)" if kind == "script" else None
    result = execute("print(1)", script=script, python="/nowhere/bin/python")
    assert result.end == ("died" if kind == "notebook" else "failed")
    assert "exit status 127" in result.failure["message"]
    assert "/nowhere/bin/python: No such file or directory" in result.failure["traceback"]
    assert "/nowhere/bin/python" in result.log
    assert (result.folder / "__results__.html").exists()


def test_what_a_script_prints_is_in_its_order(execute: Execute) -> None:
    script = (
        "import sys\nfor number in range(1000): print(number)\nsys.stdout.flush()\nprint('end')"
    )
    result = execute(script=script)
    assert result.log == "".join(f"{number}\n" for number in range(1000)) + "end\n"
    assert [record["time"] for record in result.records] == sorted(
        record["time"] for record in result.records
    )
