"""`kagura exec --fresh`: tests, jobs and shells in a sandbox of the project, from outside."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from commands import ERA, KAGURA, finish, kagura, start

FRESH = ("exec", "--fresh", "--base", ERA)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project that requires nothing and has code of its own."""
    (tmp_path / "project" / "src").mkdir(parents=True)
    (tmp_path / "project" / "src" / "own.py").write_text("answer = 42\n")
    (tmp_path / "project" / "deep").mkdir()
    text = f'[project]\nbase = "{ERA}"\npaths = ["src"]\n'
    (tmp_path / "project" / "kagura.toml").write_text(text)
    return tmp_path / "project"


def test_a_command_sees_the_project_and_leaves_its_files_there(home: Path, folder: Path) -> None:
    code = "import os, own; print(os.getcwd(), own.answer); open('left.txt', 'w').write('x')"
    ended = kagura("exec", "--fresh", "--", "python", "-c", code, home=home, folder=folder / "deep")
    assert (ended.returncode, ended.stdout) == (0, "/kaggle/working/deep 42\n")
    assert (folder / "deep" / "left.txt").stat().st_uid == os.getuid()


def test_the_exit_status_is_the_commands_own(home: Path, folder: Path) -> None:
    def status(*command: str) -> int:
        return kagura(*FRESH, "--", *command, home=home, folder=folder).returncode

    assert status("sh", "-c", "exit 7") == 7
    assert status("sh", "-c", "kill -9 $$") == 128 + signal.SIGKILL
    assert status("no-such-command") == 127


def test_without_fresh_it_says_that_there_is_no_session(home: Path, folder: Path) -> None:
    ended = kagura("exec", "true", home=home, folder=folder)
    assert ended.returncode == 2
    assert "--fresh" in ended.stderr


def test_what_the_command_installed_is_told_and_gone(home: Path, folder: Path) -> None:
    site = "$(python -c 'import sysconfig; print(sysconfig.get_path(\"purelib\"))')"
    script = f"cd {site} && mkdir lantern-1.0.dist-info && touch lantern-1.0.dist-info/METADATA"
    ended = kagura(*FRESH, "--", "sh", "-c", script, home=home, folder=folder)
    assert ended.returncode == 0
    assert "installed lantern 1.0" in ended.stderr
    look = f"ls -d {site}/lantern*"
    assert kagura(*FRESH, "--", "sh", "-c", look, home=home, folder=folder).returncode != 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_command(home: Path, folder: Path, number: signal.Signals) -> None:
    code = (
        "import signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(5))\n"
        "print('up', flush=True)\n"
        "time.sleep(300)"
    )
    process = start(*FRESH, "-q", "--", "python", "-c", code, home=home, folder=folder)
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    process.send_signal(number)
    assert finish(process).returncode == 5
    assert list((home / "tmp").glob("exec-*")) == []


def test_a_terminal_is_passed_through(home: Path, folder: Path) -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.environ["KAGURA_HOME"] = str(home)
        os.chdir(folder)
        os.execv(KAGURA[0], [*KAGURA, *FRESH, "--", "bash", "--norc"])

    seen = b""

    def wait_for(text: bytes) -> None:
        nonlocal seen
        while text not in seen:
            if not select.select([terminal], [], [], 60)[0]:
                os.kill(child, signal.SIGKILL)
                raise AssertionError(seen)
            seen += os.read(terminal, 4096)
        # One read may bring what is waited for next.
        seen = seen.partition(text)[2]

    wait_for(b"# ")
    os.write(terminal, b"test -t 0 && test -t 1 && echo is-a-$((40+2))\n")
    wait_for(b"is-a-42")
    # Ctrl-C ends what the shell runs, and neither the shell nor us.
    wait_for(b"# ")
    os.write(terminal, b"sh -c 'echo begun-$((40+2)); exec sleep 300'\n")
    wait_for(b"begun-42")
    os.write(terminal, b"\x03")
    wait_for(b"# ")
    os.write(terminal, b"echo still-$((40+2))\n")
    wait_for(b"still-42")
    os.write(terminal, b"exit 9\n")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
