"""Sessions by the command line and over HTTP: up, ps, exec, reset, down, and kills of anything."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import ERA, kagura, start
from labs import LabClient
from living import ended, left_of, record_of, sandbox_of, until, up


def test_cells_run_in_the_era_and_what_they_write_is_on_the_host(project: Path, home: Path) -> None:
    lab = LabClient(up(project, home, "irises.ipynb")["url"])
    assert "/lab/tree/irises.ipynb?token=" in lab.url
    said = lab.execute(
        "import sys, os; open('weights.bin', 'w').write('7'); "
        "print(sys.version_info[:2], os.getcwd(), os.environ['KAGGLE_KERNEL_RUN_TYPE'])"
    )
    assert said == "(3, 10) /kaggle/working Interactive\n"
    assert (project / "weights.bin").read_text() == "7"
    status, document = lab.ask("/api/contents/irises.ipynb")
    assert status == 200
    document["content"]["cells"][0]["source"] = "print('edited')"
    status, _ = lab.ask(
        "/api/contents/irises.ipynb",
        {"type": "notebook", "content": document["content"]},
        method="PUT",
    )
    assert status == 200
    assert "edited" in (project / "irises.ipynb").read_text()
    _, specs = lab.ask("/api/kernelspecs")
    assert list(specs["kernelspecs"]) == ["python3"]


def test_a_session_is_found_again_and_leaves_nothing(project: Path, home: Path) -> None:
    told = up(project, home)
    assert not told["was_up"]
    again = up(project, home)
    assert again == told | {"was_up": True}
    (listed,) = json.loads(kagura("ps", "--format", "json", home=home, folder=project).stdout)
    assert (listed["name"], listed["state"]) == ("irises", "running")
    assert listed["memory"] > 10_000_000
    assert "token" not in listed["url"]
    shown = kagura("open", "--print", home=home, folder=project.parent)
    assert shown.stdout == told["url"] + "\n"
    lab = LabClient(told["url"])
    lab.execute("import subprocess; subprocess.Popen(['sleep', '1000'])")
    answer = kagura("down", home=home, folder=project)
    assert answer.returncode == 0, answer.stderr
    assert left_of(home) == []
    with pytest.raises(OSError, match=r"refused|reset"):
        lab.ask("/api")
    assert kagura("down", home=home, folder=project).returncode == 2


def test_a_reset_gives_a_new_environment_at_the_same_address(project: Path, home: Path) -> None:
    told = up(project, home)
    lab = LabClient(told["url"])
    spoil = (
        "import site, numpy, pathlib; open('kept.txt', 'w').write('kept'); "
        "pathlib.Path(numpy.__file__).write_text('spoilt'); "
        "pathlib.Path('/kaggle/temp/left').touch()"
    )
    assert lab.execute(spoil) == ""
    assert lab.execute("import numpy; print(numpy.array)") == "NameError"
    # A cell that is at work, and one that does not listen, are no hindrance.
    answer = kagura("reset", home=home, folder=project)
    assert answer.returncode == 0, answer.stderr
    assert "has a new environment" in answer.stdout
    said = lab.execute(
        "import numpy, os; print(numpy.arange(2), os.path.exists('/kaggle/temp/left'), "
        "open('kept.txt').read())"
    )
    assert said == "[0 1] False kept\n"


def test_an_open_notebook_has_its_kernel_again_after_a_reset(project: Path, home: Path) -> None:
    lab = LabClient(up(project, home)["url"])
    wanted = {"path": "irises.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}
    status, opened = lab.ask("/api/sessions", wanted)
    assert status == 201
    kernel = opened["kernel"]["id"]
    assert lab.execute("a = 1; print(a)", kernel=kernel) == "1\n"
    # A reset while a cell is at work.
    endless = "open('begun', 'w').close()\nwhile True: pass"

    def work() -> None:
        # The connection is closed by the reset: a browser would show it.
        with contextlib.suppress(ConnectionResetError):
            lab.execute(endless, kernel=kernel)

    running = threading.Thread(target=work)
    running.start()
    assert until(lambda: (project / "begun").exists())
    assert kagura("reset", home=home, folder=project).returncode == 0
    running.join()
    _, sessions = lab.ask("/api/sessions")
    assert [(item["id"], item["kernel"]["id"]) for item in sessions] == [(opened["id"], kernel)]
    assert lab.execute("print('a' in globals())", kernel=kernel) == "False\n"


def test_a_command_in_a_session_sees_what_cells_did(project: Path, home: Path) -> None:
    lab = LabClient(up(project, home)["url"])
    lab.execute("open('/kaggle/temp/note', 'w').write('from a cell')")
    answer = kagura("exec", "--", "cat", "/kaggle/temp/note", home=home, folder=project)
    assert (answer.returncode, answer.stdout) == (0, "from a cell")
    code = (
        "import os, sys; print(os.getcwd()); print(os.environ['A'], file=sys.stderr); sys.exit(7)"
    )
    answer = kagura("exec", "-e", "A=b", "--", "python", "-c", code, home=home, folder=project)
    assert (answer.returncode, answer.stdout, answer.stderr) == (7, "/kaggle/working\n", "b\n")
    assert kagura("exec", "--", "nothing-here", home=home, folder=project).returncode == 127
    # Ctrl-C is the command's.
    process = start(
        "exec",
        "--",
        "sh",
        "-c",
        "trap 'echo heard; exit 9' INT; echo up; while :; do sleep 0.05; done",
        home=home,
        folder=project,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0] == "heard\n"
    assert process.returncode == 9


@pytest.mark.parametrize("what", ["session", "sandbox"])
def test_after_a_kill_ps_tells_the_truth_and_up_works(project: Path, home: Path, what: str) -> None:
    told = up(project, home)
    LabClient(told["url"]).execute("print(1)")
    pid = record_of(home, told["name"])["pid"]
    children = psutil.Process(pid).children()
    os.kill(pid if what == "session" else sandbox_of(children).pid, signal.SIGKILL)
    assert ended(children)

    def states() -> list[str]:
        answer = kagura("ps", "--format", "json", home=home, folder=project)
        return [item["state"] for item in json.loads(answer.stdout)]

    assert until(lambda: states() == ["gone"])
    assert "Jupyter Server" in kagura("logs", told["name"], home=home, folder=project).stdout
    assert kagura("exec", "--", "true", home=home, folder=project).returncode in (2, 3)
    lab = LabClient(up(project, home)["url"])
    assert lab.execute("print(2)") == "2\n"
    assert kagura("down", home=home, folder=project).returncode == 0
    assert left_of(home) == []


def test_down_ends_a_kernel_that_hangs(project: Path, home: Path) -> None:
    lab = LabClient(up(project, home)["url"])
    hang = "import signal, os; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; print(0)"
    kernel = lab.kernel()
    assert lab.execute(hang, kernel=kernel) == "0\n"
    assert kagura("down", home=home, folder=project).returncode == 0
    assert left_of(home) == []


def test_sessions_stand_side_by_side_and_end_with_their_time(project: Path, home: Path) -> None:
    other = project.parent / "other"
    other.mkdir()
    first, second = up(project, home), up(other, home, "--time-limit", "3s")
    assert first["port"] != second["port"]
    inside = LabClient(first["url"]).execute("import os; print(os.listdir('/run/kagura'))")
    assert sorted(eval(inside)) == ["door.sock", "lab.sock"]
    assert until(lambda: not (home / "sessions" / "other.json").exists())
    assert LabClient(first["url"]).execute("print(1)") == "1\n"


def test_bad_options_are_told_and_leave_nothing(project: Path, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = kagura("up", "--base", ERA, "--port", port, home=home, folder=project)
        assert answer.returncode == 2
        assert port in answer.stderr
    for words in (("none.ipynb",), ("--time-limit", "soon"), ("--base", "1999-01")):
        answer = kagura("up", *words, home=home, folder=project)
        assert answer.returncode == 2, words
        assert answer.stderr.count("error:") == 1, answer.stderr
    assert left_of(home) == []


def test_a_configuration_that_fails_is_told_and_one_that_works_counts(
    project: Path, home: Path
) -> None:
    (project / "kagura.toml").write_text('[project]\nbase = "%s"\n' % ERA)  # noqa: UP031
    config = project / "jupyter_lab_config.py"
    config.write_text("raise SystemExit(7)\n")
    answer = kagura("up", home=home, folder=project)
    assert answer.returncode == 3
    assert "JupyterLab ended before it answered" in answer.stderr
    assert left_of(home) == []
    config.write_text("c.ServerApp.allow_origin = 'http://one.example'\n")
    answer = kagura("up", "--format", "json", home=home, folder=project)
    assert answer.returncode == 0, answer.stderr
    lab = LabClient(json.loads(answer.stdout)["url"])
    assert "one.example" in lab.execute("print(open('/kaggle/jupyter_lab_config.py').read())")


def test_twenty_sessions_one_after_the_other_leave_nothing(project: Path, home: Path) -> None:
    for _ in range(20):
        up(project, home)
        assert kagura("down", home=home, folder=project).returncode == 0
    assert left_of(home) == []
