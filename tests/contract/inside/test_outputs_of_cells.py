"""What cells print and show: kept, bounded, and in its order."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from jobs import MEGABYTE, Execute


def test_each_code_cell_is_told_of_when_it_starts_and_ends(execute: Execute) -> None:
    events = execute("x = 1", "", "x").named("cell")
    assert [(event["index"], event["number"], event["status"]) for event in events] == [
        (0, 1, "running"),
        (0, 1, "ok"),
        (1, 2, "ok"),
        (2, 3, "running"),
        (2, 3, "ok"),
    ]


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


def test_a_source_may_be_a_list_of_lines(execute: Execute) -> None:
    assert execute({"source": ["x = 1\n", "print(x)"]}).text(0) == "1\n"


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
