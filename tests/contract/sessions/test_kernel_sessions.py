"""Sessions without the Lab: a kernel for other clients, by a connection file that stays."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import ERA, kagura
from kernels import client_of, jupyter_with, said
from living import ended, left_of, sandbox_of, until
from living import up as any_up

from kagura.system.host import uv_program

CHANNELS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")


def up(project: Path, home: Path, *more: str, base: str = ERA) -> dict[str, Any]:
    return any_up(project, home, "--kernel-only", *more, base=base)


def test_a_client_works_in_the_era_and_what_it_writes_is_on_the_host(
    project: Path, home: Path
) -> None:
    told = up(project, home, "irises.ipynb")
    with client_of(told["connection_file"]) as client:
        answer = said(
            client,
            "import sys, os; open('weights.bin', 'w').write('7'); "
            "print(sys.version_info[:2], os.getcwd(), os.environ['KAGGLE_KERNEL_RUN_TYPE'])",
        )
    assert answer == "(3, 10) /kaggle/working Interactive\n"
    assert (project / "weights.bin").read_text() == "7"


def test_python_of_2018_is_reached_by_todays_client(project: Path, home: Path) -> None:
    told = up(project, home, base="2018-06-26")
    with client_of(told["connection_file"]) as client:
        assert said(client, "import sys; print(sys.version_info[:2])") == "(3, 6)\n"


def test_it_needs_no_lab(project: Path, home: Path) -> None:
    up(project, home)
    answer = kagura("exec", "--", "ls", "/opt/kagura", home=home, folder=project)
    assert "lab" not in answer.stdout.split()


def test_commands_for_sessions_know_it(project: Path, home: Path) -> None:
    told = up(project, home)
    assert up(project, home) == told | {"was_up": True}
    (listed,) = json.loads(kagura("ps", "--format", "json", home=home, folder=project).stdout)
    assert (listed["name"], listed["state"], listed["url"]) == ("irises", "running", None)
    assert listed["connection"] == told["connection_file"]
    with client_of(told["connection_file"]) as client:
        said(client, "open('/kaggle/temp/note', 'w').write('from a cell')")
    answer = kagura("exec", "--", "cat", "/kaggle/temp/note", home=home, folder=project)
    assert (answer.returncode, answer.stdout) == (0, "from a cell")
    assert "running" in kagura("logs", home=home, folder=project).stdout
    opened = kagura("open", home=home, folder=project)
    assert opened.returncode == 2
    assert told["connection_file"] in opened.stderr
    with_lab = kagura("up", "--base", ERA, home=home, folder=project)
    assert (with_lab.returncode, "without JupyterLab" in with_lab.stderr) == (2, True)
    assert kagura("down", home=home, folder=project).returncode == 0
    assert left_of(home) == []


def test_the_lab_and_a_kernel_alone_are_not_taken_for_each_other(project: Path, home: Path) -> None:
    assert kagura("up", "--base", ERA, home=home, folder=project).returncode == 0
    answer = kagura("up", "--kernel-only", home=home, folder=project)
    assert (answer.returncode, "with JupyterLab" in answer.stderr) == (2, True)
    for option in (("--port", "8890"), ("--host", "0.0.0.0")):
        refused = kagura("up", "--kernel-only", *option, home=home, folder=project.parent)
        assert refused.returncode == 2


def test_a_client_that_stays_has_a_new_kernel_after_a_reset(project: Path, home: Path) -> None:
    told = up(project, home)
    file = Path(told["connection_file"])
    before = file.read_bytes()
    with client_of(file) as client:
        assert said(client, "import numpy, pathlib; a = 1; print(a)") == "1\n"
        said(client, "pathlib.Path(numpy.__file__).write_text('spoilt')")
        answer = kagura("reset", home=home, folder=project)
        assert answer.returncode == 0, answer.stderr
        assert file.read_bytes() == before
        client.wait_for_ready(timeout=60)
        assert said(client, "import numpy; print('a' in globals(), numpy.arange(2))") == (
            "False [0 1]\n"
        )


def test_a_cell_is_interrupted_from_any_shell(project: Path, home: Path) -> None:
    with client_of(up(project, home)["connection_file"]) as client:
        number = client.execute("open('begun', 'w').close()\nwhile True: pass", stop_on_error=False)
        assert until((project / "begun").exists)
        # As the guide says.
        words = ("exec", "--", "pkill", "-INT", "-f", "ipykernel")
        assert kagura(*words, home=home, folder=project).returncode == 0
        while (answer := client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != number:
            pass
        assert answer["content"]["ename"] == "KeyboardInterrupt"
        assert said(client, "print(1)") == "1\n"


def test_a_kernel_that_is_shut_down_ends_its_session_and_leaves_its_log(
    project: Path, home: Path
) -> None:
    with client_of(up(project, home)["connection_file"]) as client:
        client.shutdown()

    def states() -> list[str]:
        answer = kagura("ps", "--format", "json", home=home, folder=project)
        return [item["state"] for item in json.loads(answer.stdout)]

    assert until(lambda: states() == ["gone"])
    assert "the session ended" in kagura("logs", "irises", home=home, folder=project).stdout
    assert kagura("down", "irises", home=home, folder=project).returncode == 0
    assert left_of(home) == []


def test_the_key_is_the_users_alone(project: Path, home: Path) -> None:
    file = Path(up(project, home)["connection_file"])
    connection = json.loads(file.read_text())
    assert len(connection["key"]) >= 64
    assert file.stat().st_mode & 0o077 == 0
    record = (home / "sessions" / "irises.json").read_text()
    logs = kagura("logs", home=home, folder=project).stdout
    for process in psutil.process_iter(["cmdline"]):
        assert connection["key"] not in " ".join(process.info["cmdline"] or ())
    assert connection["key"] not in record + logs
    # Whoever lacks it is not heard.
    stranger = file.with_name("stranger")
    stranger.write_text(json.dumps(connection | {"key": "wrong"}))
    with pytest.raises(RuntimeError, match="Kernel didn't respond"):
        _ask_briefly(stranger)
    stranger.unlink()


def _ask_briefly(file: str | Path) -> None:
    from jupyter_client.blocking.client import BlockingKernelClient

    client = BlockingKernelClient(connection_file=os.fspath(file))
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=3)
    finally:
        client.stop_channels()


def test_the_host_follows_no_link_that_the_inside_puts_in_a_channels_place(
    project: Path, home: Path, tmp_path: Path
) -> None:
    file = up(project, home)["connection_file"]
    with socket.socket(socket.AF_UNIX) as host_service:
        host_service.bind(os.fspath(tmp_path / "host.sock"))
        host_service.listen()
        host_service.settimeout(1)
        with client_of(file) as client:
            said(
                client,
                "import os\nfor number in range(1, 6):\n"
                "    os.unlink(f'/run/kagura/kernel-{number}')\n"
                f"    os.symlink({os.fspath(tmp_path / 'host.sock')!r}, "
                "f'/run/kagura/kernel-{number}')",
            )
        with pytest.raises(RuntimeError, match="Kernel died"):
            _ask_briefly(file)
        with pytest.raises(TimeoutError):
            host_service.accept()


def test_its_ports_are_the_loopbacks_and_are_given_back(project: Path, home: Path) -> None:
    connection = json.loads(Path(up(project, home)["connection_file"]).read_text())
    assert (connection["ip"], connection["transport"]) == ("127.0.0.1", "tcp")
    kagura("down", home=home, folder=project)
    for name in CHANNELS:
        with socket.create_server(("127.0.0.1", connection[name])):
            pass


def test_without_internet_it_works_and_reaches_nothing(project: Path, home: Path) -> None:
    told = up(project, home, "--no-internet")
    with (
        client_of(told["connection_file"]) as client,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        port = listener.getsockname()[1]
        answer = said(client, f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)")
    assert answer == "ConnectionRefusedError"


def test_the_real_console_and_the_real_jupyter_run_reach_it(
    project: Path, home: Path, tmp_path: Path
) -> None:
    file = up(project, home)["connection_file"]
    programs = jupyter_with(os.fspath(uv_program()), tmp_path / "own", "jupyter-console")
    # The line that kagura prints, word for word.
    console = subprocess.run(
        [programs / "jupyter", "console", "--existing", file, "--simple-prompt"],
        input="a = 6 * 7\nprint('told', a, __import__('os').getcwd())\n",
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": f"{programs}:/usr/bin:/bin", "HOME": os.fspath(tmp_path)},
    )
    assert "told 42 /kaggle/working" in console.stdout, console.stderr
    script = tmp_path / "script.py"
    script.write_text("print('still', a)\n")
    ran = subprocess.run(
        [programs / "jupyter", "run", "--existing", file, script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": f"{programs}:/usr/bin:/bin", "HOME": os.fspath(tmp_path)},
    )
    assert "still 42" in ran.stdout, ran.stderr


@pytest.mark.parametrize("what", ["session", "sandbox"])
def test_after_a_kill_nothing_is_left_and_up_works(project: Path, home: Path, what: str) -> None:
    up(project, home)
    pid = json.loads((home / "sessions" / "irises.json").read_text())["pid"]
    children = psutil.Process(pid).children(recursive=True)
    os.kill(pid if what == "session" else sandbox_of(children).pid, signal.SIGKILL)
    assert ended(children)
    with client_of(up(project, home)["connection_file"]) as client:
        assert said(client, "print(2)") == "2\n"
    assert kagura("down", home=home, folder=project).returncode == 0
    assert left_of(home) == []


def test_status_shows_what_a_session_changed_until_it_is_reset(project: Path, home: Path) -> None:
    def shown() -> list[dict[str, Any]]:
        answer = kagura("status", "--format", "json", home=home, folder=project)
        assert answer.returncode == 0, answer.stderr
        sessions: list[dict[str, Any]] = json.loads(answer.stdout)["sessions"]
        return sessions

    def execute(code: str) -> None:
        answer = kagura("exec", "--", "python", "-c", code, home=home, folder=project)
        assert answer.returncode == 0, answer.stderr

    up(project, home)
    (untouched,) = shown()
    assert untouched["name"] == "irises"
    assert untouched["drift"] == {
        "packages": [],
        "files": {"count": 0, "size": 0, "examples": []},
    }
    execute(
        "import os, shutil, importlib.metadata as m, sysconfig, pathlib\n"
        "site = pathlib.Path(sysconfig.get_path('purelib'))\n"
        "shutil.rmtree(m.distribution('seaborn')._path)\n"
        "new = site / 'mine-1.5.dist-info'; new.mkdir()\n"
        "(new / 'METADATA').write_text('Name: mine')\n"
        # Nobody waits for a writer to this pipe.
        "os.mkfifo(new / 'RECORD'); os.symlink('/', site / 'all')\n"
    )
    (changed,) = shown()
    packages = {item["name"]: item["change"] for item in changed["drift"]["packages"]}
    assert packages == {"mine": "added", "seaborn": "removed"}
    assert any(path.endswith("/all") for path in changed["drift"]["files"]["examples"])
    text = kagura("status", home=home, folder=project).stdout
    assert "session   irises" in text
    assert "it also installed mine 1.5; removed seaborn" in text
    assert kagura("reset", home=home, folder=project).returncode == 0
    assert shown()[0]["drift"] == untouched["drift"]
    assert kagura("down", home=home, folder=project).returncode == 0
    assert shown() == []
