"""The program that runs inside, for real: its own process, a real kernel, no sandbox around it."""

from __future__ import annotations

import json
import signal
import site
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

import kagura

ROOT = Path(kagura.__file__).parent
START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from inside.execute import main; main()"
TEMPLATES = Path(sys.prefix, "share", "jupyter", "nbconvert", "templates")
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a run told and left."""

    events: list[dict[str, Any]]
    folder: Path
    status: int

    @property
    def end(self) -> str:
        return str(self.events[-1]["status"])

    @property
    def failure(self) -> dict[str, Any]:
        (event,) = self.named("failure")
        return event

    @property
    def document(self) -> Any:
        return json.loads((self.folder / "__notebook__.ipynb").read_text())

    @property
    def page(self) -> str:
        return (self.folder / "__results__.html").read_text()

    @property
    def log(self) -> str:
        return "".join(record["data"] for record in self.records)

    @property
    def records(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((self.folder / "case.log").read_text())
        return found

    def named(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == name]

    def outputs(self, index: int) -> Any:
        return self.document["cells"][index]["outputs"]

    def text(self, index: int) -> str:
        return "".join(output.get("text", "") for output in self.outputs(index))


@dataclass(frozen=True, kw_only=True)
class Job:
    """A started run."""

    process: subprocess.Popen[bytes]
    folder: Path

    def say(self, line: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def hang_up(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()

    def wait_for(self, name: str, **details: object) -> list[dict[str, Any]]:
        """Read events up to one of this name and with these details."""
        assert self.process.stdout
        seen = []
        for line in self.process.stdout:
            seen.append(json.loads(line))
            if seen[-1]["event"] == name and details.items() <= seen[-1].items():
                return seen
        raise AssertionError(f"no {name} among {seen}")

    def finish(self) -> Result:
        assert self.process.stdout
        events = [json.loads(line) for line in self.process.stdout]
        return Result(events=events, folder=self.folder, status=self.process.wait())


Start = Callable[..., Job]
Execute = Callable[..., Result]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a notebook of these cells (texts, or dictionaries), or a script."""
    started = []

    def begin(*cells: str | dict[str, Any], script: str | None = None, **settings: Any) -> Job:
        working = tmp_path / "working"
        working.mkdir(exist_ok=True)
        document = {
            "cells": [_cell(cell) for cell in cells],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
            "nbformat": 4,
            "nbformat_minor": 4,
        }
        (tmp_path / "notebook.ipynb").write_text(json.dumps(document))
        (tmp_path / "script.py").write_text(script or "")
        job = {
            "kind": "notebook" if script is None else "script",
            "document": str(tmp_path / "notebook.ipynb"),
            "script": str(tmp_path / "script.py"),
            "slug": "case",
            "python": sys.executable,
            "directory": str(working),
            "timeout": None,
            "tool_paths": site.getsitepackages(),
            "template_paths": [str(TEMPLATES)],
            **settings,
        }
        (tmp_path / "job.json").write_text(json.dumps(job))
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", START, str(tmp_path / "job.json")],
            cwd=working,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        started.append(process)
        return Job(process=process, folder=working)

    yield begin
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


@pytest.fixture
def execute(start: Start) -> Execute:
    """Run it to its end."""

    def run(*cells: str | dict[str, Any], **settings: Any) -> Result:
        result = start(*cells, **settings).finish()
        assert result.status == 0
        return result

    return run


def _cell(cell: str | dict[str, Any]) -> dict[str, Any]:
    given = {"source": cell} if isinstance(cell, str) else cell
    code: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
    }
    return given if given.get("cell_type") == "markdown" else {**code, **given}


def test_a_notebook_is_executed_and_leaves_what_kaggle_leaves(execute: Execute) -> None:
    picture = f"from IPython.display import Image; Image(data='{PIXEL}', format='png')"
    result = execute(
        {"cell_type": "markdown", "metadata": {}, "source": "# Title"},
        "import base64\n" + picture.replace(f"'{PIXEL}'", f"base64.b64decode('{PIXEL}')"),
        "  ",
        "print('a<b')\n6 * 7",
    )
    assert result.end == "ok"
    assert sorted(path.name for path in result.folder.iterdir()) == [
        "__notebook__.ipynb",
        "__results__.html",
        "__results___files",
        "case.log",
    ]
    assert [path.name for path in (result.folder / "__results___files").iterdir()] == [
        "__results___1_0.png"
    ]
    stream, value = result.outputs(3)
    assert stream == {"output_type": "stream", "name": "stdout", "text": "a<b\n"}
    assert value["data"] == {"text/plain": "42"}
    assert value["execution_count"] == 2
    assert [cell.get("execution_count") for cell in result.document["cells"]] == [None, 1, None, 2]
    assert 'src="__results___files/__results___1_0.png"' in result.page
    assert "Title" in result.page
    assert "\\u003c" in (result.folder / "case.log").read_text()
    assert result.log == "a<b\n"


def test_each_code_cell_is_told_of_when_it_starts_and_ends(execute: Execute) -> None:
    events = execute("x = 1", "", "x").named("cell")
    assert [(event["index"], event["number"], event["status"]) for event in events] == [
        (0, 1, "running"),
        (0, 1, "ok"),
        (1, 2, "ok"),
        (2, 3, "running"),
        (2, 3, "ok"),
    ]


def test_the_notebook_has_the_metadata_that_papermill_writes(execute: Execute) -> None:
    document = execute("x = 1").document
    assert document["metadata"]["language_info"]["name"] == "python"
    about = document["metadata"]["papermill"]
    assert about["exception"] is None
    assert about["start_time"] < about["end_time"]
    assert set(document["cells"][0]["metadata"]["execution"]) == {
        "iopub.status.busy",
        "iopub.execute_input",
        "iopub.status.idle",
        "shell.execute_reply",
    }


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


def test_a_display_is_updated_from_a_later_cell(execute: Execute) -> None:
    result = execute(
        "from IPython.display import display\nhandle = display('before', display_id='x')",
        "handle.update('after')",
    )
    assert result.outputs(0)[0]["data"]["text/plain"] == "'after'"
    assert "transient" not in result.outputs(0)[0]
    assert result.outputs(1) == []


def test_clear_output_clears_at_once_or_with_the_next_output(execute: Execute) -> None:
    result = execute(
        "from IPython.display import clear_output\nprint('a')\nclear_output()\nprint('b')",
        "print('c')\nclear_output(wait=True)\nprint('d')",
        "print('e')\nclear_output(wait=True)",
    )
    assert [result.text(index) for index in range(3)] == ["b\n", "d\n", "e\n"]
    assert result.log == "a\nb\nc\nd\ne\n"


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


def test_a_hundred_megabytes_printed_are_bounded_in_memory_and_whole_in_the_log(
    execute: Execute,
) -> None:
    code = "line = 'x' * 99\nfor _ in range(1_000_000): print(line)\nprint('the end')"
    result = execute(code, "print('after')")
    assert result.end == "ok"
    assert result.events[-1]["memory"] < 200 * MEGABYTE
    text = result.text(0)
    assert 8 * MEGABYTE < len(text) < 9 * MEGABYTE
    assert "bytes out here; the log has all of it" in text
    assert text.endswith("the end\n")
    assert sum(len(record["data"]) for record in result.records) == 100_000_000 + 8 + 6
    assert (result.folder / "__results__.html").stat().st_size < 4 * MEGABYTE


def test_one_text_of_a_hundred_megabytes_is_bounded_too(execute: Execute) -> None:
    result = execute("print('ä\\n' * 30_000_000 + 'z' * 10_000_000)")
    assert result.events[-1]["memory"] < 300 * MEGABYTE
    assert result.text(0).endswith("zzz\n")
    assert sum(len(record["data"]) for record in result.records) == 70_000_001


def test_nobody_answers_input(execute: Execute) -> None:
    assert execute("input('name?')").failure["name"] == "StdinNotImplementedError"


def test_what_is_printed_past_python_is_in_the_log_once(execute: Execute) -> None:
    code = "import os\nos.system('echo from a shell; echo aside >&2')\nos.write(1, b'raw\\n')"
    result = execute(code)
    assert result.log.count("from a shell\n") == 1
    assert result.log.count("raw\n") == 1
    assert result.log.count("aside\n") == 1


def test_nothing_that_is_printed_looks_like_an_event(execute: Execute) -> None:
    code = 'print(\'{"event": "end", "status": "ok"}\')\nimport os\nos.system("echo {}")\n1 / 0'
    assert execute(code).end == "failed"


def test_a_notebook_may_delete_its_working_folder(execute: Execute) -> None:
    code = "import os, shutil\nshutil.rmtree(os.getcwd())\nos.chdir('/')"
    result = execute("open('mine', 'w')", code)
    assert result.end == "ok"
    assert not (result.folder / "mine").exists()
    assert result.outputs(1) == []


def test_folders_and_links_in_the_way_of_artefacts_are_removed(
    execute: Execute, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").write_text("untouched")
    result = execute(
        "import os\nos.remove('__notebook__.ipynb')\nos.makedirs('__notebook__.ipynb/deep')\n"
        f"os.symlink({str(tmp_path / 'elsewhere')!r}, 'case.log')\n"
        "os.makedirs('__results__.html/a')\nopen('__results__.html/a/b', 'w')\n"
        "os.chmod('__results__.html/a', 0)\nopen('__results___files', 'w')\n"
        "print('done')"
    )
    assert result.end == "ok"
    assert not result.named("warning")
    assert result.text(0) == "done\n"
    assert result.log == "done\n"
    assert (tmp_path / "elsewhere").read_text() == "untouched"


def test_a_full_disk_is_a_warning(execute: Execute) -> None:
    # From then on no file of the program may be longer than some bytes: as if the disk were full.
    limit = (
        "import os, resource\nhard = resource.prlimit(os.getppid(), resource.RLIMIT_FSIZE)[1]\n"
        "resource.prlimit(os.getppid(), resource.RLIMIT_FSIZE, (64, hard))\nprint('x' * 1000)"
    )
    result = execute(limit)
    assert result.end == "ok"
    texts = [event["text"] for event in result.named("warning")]
    assert any(text.startswith("__notebook__.ipynb could not be written") for text in texts)
    assert any("the log ends early" in text for text in texts)
    assert not [path for path in result.folder.iterdir() if "part" in path.name]


def test_hidden_cells_are_folded_in_the_page(execute: Execute) -> None:
    hidden = {"source": "secret = 1", "metadata": {"_kg_hide-input": True}}
    page = execute(hidden, "plain = 2").page
    assert '<div class="_kg_hide-input-true">' in page
    assert page.count("<details") == 1
    assert page.index("<details") < page.rindex("secret") < page.rindex("plain")


def test_a_page_that_cannot_be_made_costs_only_the_page(execute: Execute) -> None:
    result = execute("print(1)", template_paths=["/nowhere"])
    assert result.end == "ok"
    assert "__results__.html" in result.named("warning")[0]["text"]
    assert result.text(0) == "1\n"


def test_the_maker_of_the_page_may_be_killed_by_the_notebook(execute: Execute) -> None:
    code = (
        "import os, pathlib\ntasks = pathlib.Path(f'/proc/{os.getppid()}/task')\n"
        "for process in ' '.join(path.read_text() for path in tasks.glob('*/children')).split():\n"
        "    if int(process) != os.getpid(): os.kill(int(process), 9)\nprint('killed')"
    )
    result = execute(code)
    assert result.end == "ok"
    assert "killed" in result.page


def test_files_that_were_never_closed_are_written(execute: Execute) -> None:
    result = execute(
        "file = open('submission.csv', 'w'); file.write('a,b')",
        "import atexit; atexit.register(lambda: open('late', 'w').write('x'))",
    )
    assert (result.folder / "submission.csv").read_text() == "a,b"
    assert (result.folder / "late").read_text() == "x"


def test_the_kernel_looks_as_one_that_jupyter_starts(execute: Execute) -> None:
    result = execute(
        "import sys, IPython\nprint(sys.argv[0].endswith('ipykernel_launcher.py'), sys.argv[1])",
        "print(sys.path[0] == '', [m for m in sys.modules if sys.modules[m] is None])",
        "import debugpy, gc; print(debugpy.__name__, gc.isenabled())",
        "from IPython.terminal.embed import embed; print(IPython.embed is embed)",
        "print(type(IPython).__name__, type(sys.meta_path[0]).__name__)",
    )
    assert result.text(0) == "True -f\n"
    assert result.text(2) == "debugpy True\n"
    assert result.text(3) == "True\n"
    assert "Finder" not in result.text(4)
    assert result.log.count("\n") == 5


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


def test_widgets_are_kept_in_the_notebook(execute: Execute) -> None:
    # What ipywidgets sends, without ipywidgets.
    result = execute(
        "from comm import create_comm\nstate = {'_model_name': 'FloatProgressModel', 'value': 1}\n"
        "comm = create_comm(target_name='jupyter.widget', comm_id='c', data={'state': state})\n"
        "comm.send({'method': 'update', 'state': {'value': 2}, 'buffer_paths': []})"
    )
    (states,) = result.document["metadata"]["widgets"].values()
    assert states["state"]["c"]["state"]["value"] == 2
    assert result.end == "ok"


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


def test_what_is_left_is_a_valid_notebook(execute: Execute) -> None:
    result = execute(
        "from IPython.display import display, HTML\nprint(1)\ndisplay(HTML('<b>x</b>'))\n2",
        "import sys; print('aside', file=sys.stderr)",
        "1 / 0",
        "never",
    )
    nbformat.validate(result.document)


def test_the_exit_status_that_a_notebook_asks_for_is_in_the_message(execute: Execute) -> None:
    failure = execute("import sys; sys.exit(2)").failure
    assert (failure["name"], failure["message"]) == ("SystemExit", "2")


def test_a_source_may_be_a_list_of_lines(execute: Execute) -> None:
    assert execute({"source": ["x = 1\n", "print(x)"]}).text(0) == "1\n"


def test_a_busy_loop_is_interrupted_by_the_time_limit(execute: Execute) -> None:
    result = execute("while True: pass", timeout=2)
    assert result.end == "timeout"
    assert result.outputs(0)[0]["ename"] == "KeyboardInterrupt"


def test_a_thread_that_prints_after_its_cell_is_heard(execute: Execute) -> None:
    result = execute(
        "import threading, time\ngo = threading.Event()\n"
        "def late():\n    go.wait()\n    print('late')\n"
        "thread = threading.Thread(target=late)\nthread.start()",
        "go.set()\nthread.join()\nprint('next')",
    )
    assert result.end == "ok"
    assert result.log.count("late\n") == 1
    assert "next\n" in result.text(1)


def test_twenty_thousand_displays_are_kept_or_told_of(execute: Execute) -> None:
    result = execute("for number in range(20_000): display(number)", "print('after')")
    assert result.end == "ok"
    assert len(result.outputs(0)) == 20_000
    assert result.outputs(0)[-1]["data"]["text/plain"] == "19999"
    assert result.text(1) == "after\n"


def test_there_is_no_terminal_and_standard_input_is_empty(execute: Execute) -> None:
    code = "import os, sys\nprint(os.isatty(0), os.isatty(1), repr(os.read(0, 1)))"
    assert execute(code).text(0) == "False False b''\n"


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


def _runs(process: str) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
