"""How a run ends: errors, exits, deaths, time limits, Ctrl-C; nothing stays behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from jobs import MEGABYTE, Execute, Start


def test_the_first_error_ends_the_run(execute: Execute) -> None:
    result = execute("1 / 0", "print('never')")
    assert result.end == "failed"
    failure = result.failure
    assert (failure["kind"], failure["cell"], failure["name"]) == ("error", 0, "ZeroDivisionError")
    assert failure["message"] == "division by zero"
    assert "\x1b" not in failure["traceback"]
    assert "1 / 0" in failure["traceback"]
    assert result.outputs(0)[0]["output_type"] == "error"
    assert result.document["cells"][1]["execution_count"] is None
    assert result.document["metadata"]["papermill"]["exception"] is True
    assert "ZeroDivisionError" in result.log
    assert "ZeroDivisionError" in result.page


def test_a_cell_may_be_tagged_to_raise(execute: Execute) -> None:
    tagged = {"source": "1 / 0", "metadata": {"tags": ["raises-exception"]}}
    result = execute(tagged, "print('after')")
    assert result.end == "ok"
    assert result.text(1) == "after\n"


@pytest.mark.parametrize("code", ["import sys; sys.exit()", "exit()", "quit()", "raise SystemExit"])
def test_to_exit_is_an_error(execute: Execute, code: str) -> None:
    result = execute(code, "print('never')")
    assert result.end == "failed"
    assert (result.failure["kind"], result.failure["name"]) == ("error", "SystemExit")
    assert result.document["cells"][1]["execution_count"] is None


def test_a_syntax_error_is_an_error(execute: Execute) -> None:
    assert execute("def").failure["name"] == "SyntaxError"


def test_a_dead_kernel_is_told_with_its_signal(execute: Execute) -> None:
    result = execute("print('last words', flush=True)", "import os; os.kill(os.getpid(), 9)", "1")
    assert result.end == "died"
    assert (result.failure["kind"], result.failure["cell"]) == ("kernel died", 1)
    assert "SIGKILL" in result.failure["message"]
    assert result.text(0) == "last words\n"
    assert result.document["cells"][2]["execution_count"] is None
    assert (result.folder / "__results__.html").exists()


def test_a_dead_kernel_is_told_with_its_exit_status(execute: Execute) -> None:
    assert "exit status 7" in execute("import os; os._exit(7)").failure["message"]


def test_a_crash_comes_with_what_python_said_of_it(execute: Execute) -> None:
    code = "import faulthandler, sys, os\nos.write(2, b'')\nimport ctypes; ctypes.string_at(0)"
    result = execute(code)
    assert "SIGSEGV" in result.failure["message"]


def test_a_run_has_a_time_limit(execute: Execute) -> None:
    result = execute("import time\nprint('begun')\ntime.sleep(60)", timeout=2)
    assert result.end == "timeout"
    assert (result.failure["kind"], result.failure["cell"]) == ("timeout", 0)
    stream, error = result.outputs(0)
    assert stream["text"] == "begun\n"
    assert error["ename"] == "KeyboardInterrupt"


def test_a_kernel_that_will_not_be_interrupted_is_killed(execute: Execute) -> None:
    code = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    result = execute(code + "while True: time.sleep(0.1)", timeout=2)
    assert result.end == "timeout"
    assert (result.folder / "__notebook__.ipynb").exists()


def test_what_prints_for_ever_is_stopped_too(execute: Execute) -> None:
    result = execute("while True: print('x' * 100)", timeout=2, output_limit=MEGABYTE)
    assert result.end == "timeout"


def test_stop_interrupts_and_leaves_the_artefacts(start: Start) -> None:
    job = start("print(1)", "import time; time.sleep(60)", "print(3)")
    job.wait_for("cell", index=1, status="running")
    job.say(b"stop\n")
    result = job.finish()
    assert result.status == 0
    assert result.end == "interrupted"
    assert result.failure["cell"] == 1
    assert result.text(0) == "1\n"
    assert result.outputs(1)[0]["ename"] == "KeyboardInterrupt"
    assert (result.folder / "__results__.html").exists()


def test_when_the_host_is_gone_everything_ends(start: Start) -> None:
    job = start("import os; print(os.getpid())", "import time; time.sleep(60)")
    job.wait_for("cell", index=1, status="running")
    children = Path(f"/proc/{job.process.pid}/task").glob("*/children")
    processes = [name for path in children for name in path.read_text().split()]
    assert len(processes) == 2
    job.hang_up()
    assert job.process.wait(20) == 3
    assert not [name for name in processes if _runs(name)]


def test_a_kernel_without_ipykernel_is_told_with_its_complaint(
    execute: Execute, tmp_path: Path
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho No module named ipykernel_launcher >&2\nexit 1\n")
    python.chmod(0o755)
    result = execute("print(1)", python=str(python))
    assert result.end == "died"
    assert result.failure["cell"] is None
    assert "before the first cell" in result.failure["message"]
    assert "No module named ipykernel_launcher" in result.failure["traceback"]
    assert "No module named" in result.log


def test_processes_outside_of_a_sandbox_are_never_killed(execute: Execute) -> None:
    with subprocess.Popen(["sleep", "60"]) as bystander:
        assert execute("print(1)", kill_all=True).end == "ok"
        assert bystander.poll() is None
        bystander.send_signal(signal.SIGKILL)


def test_the_exit_status_that_a_notebook_asks_for_is_in_the_message(execute: Execute) -> None:
    failure = execute("import sys; sys.exit(2)").failure
    assert (failure["name"], failure["message"]) == ("SystemExit", "2")


def test_a_busy_loop_is_interrupted_by_the_time_limit(execute: Execute) -> None:
    result = execute("while True: pass", timeout=6)
    assert result.end == "timeout"
    assert result.outputs(0)[0]["ename"] == "KeyboardInterrupt"


def _runs(process: str) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
