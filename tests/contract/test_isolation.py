"""What a notebook may try against its host, and that it gets nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from kagura.engines.bubblewrap import Bubblewrap
from kagura.model.sandbox import SandboxSpec
from kagura.system.command import Completed

Inside = Callable[..., Completed]


def test_it_is_root_in_kaggles_working_folder_with_no_capability(inside: Inside) -> None:
    answer = inside(
        "import os; print(os.getuid(), os.getcwd(), os.environ['HOME']);"
        "print([l.split()[1] for l in open('/proc/self/status') if l.startswith('CapEff')])"
    )
    assert answer.stdout.splitlines() == ["0 /kaggle/working /root", "['0000000000000000']"]


def test_the_environment_of_the_host_does_not_reach_it(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLE_KEY", "secret")
    answer = inside("import os; print(sorted(os.environ))")
    assert "KAGGLE_KEY" not in answer.stdout
    assert "HOME" in answer.stdout


def test_files_of_the_host_are_not_there(inside: Inside, host: Path) -> None:
    answer = inside(
        "import os\n"
        f"for path in ({str(host / 'secret')!r}, '/etc/shadow', '/etc/ssh', '/etc/sudoers', "
        f"{str(Path.home() / '.ssh')!r}, {str(Path(__file__).parent)!r}, '/var/log/syslog', "
        "'/etc/ssl/private', '/etc/apt/auth.conf'):\n"
        "    print(path, os.path.exists(path))"
    )
    assert answer.status == 0
    assert "True" not in answer.stdout


def test_homes_and_mounted_disks_are_empty(inside: Inside) -> None:
    answer = inside("import os; print(os.listdir('/home'), os.listdir('/mnt'))")
    assert answer.stdout.strip() == "[] []"


def test_processes_of_the_host_are_not_seen(inside: Inside) -> None:
    answer = inside("import os; print(len([p for p in os.listdir('/proc') if p.isdigit()]))")
    assert int(answer.stdout) <= 3


def test_a_process_of_the_host_gets_no_signal(inside: Inside) -> None:
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        inside(f"import os\ntry:\n os.kill({victim.pid}, 9)\nexcept OSError as e: print(e)")
        time.sleep(0.1)
        assert victim.poll() is None
    finally:
        victim.kill()
        victim.wait()


@pytest.mark.parametrize(
    "path",
    ["/kaggle/input/data/train.csv", "/kaggle/input/data/new"],
)
def test_an_input_cannot_be_written(inside: Inside, host: Path, path: str) -> None:
    answer = inside(f"open({path!r}, 'w').write('x')")
    assert "Read-only file system" in answer.stderr
    assert (host / "input" / "train.csv").read_text() == "a,b\n"
    assert os.listdir(host / "input") == ["train.csv"]


def test_links_can_be_made_beside_the_inputs(inside: Inside) -> None:
    answer = inside(
        "import os; os.symlink('../input/data/train.csv', '../input/train.csv');"
        "print(open('/kaggle/input/train.csv').read())"
    )
    assert answer.stdout.strip() == "a,b"


def test_a_changed_base_is_changed_in_the_scratch_only(inside: Inside, host: Path) -> None:
    answer = inside(
        "open('/opt/conda/lib/package.py', 'w').write('spoilt');"
        "print(open('/opt/conda/lib/package.py').read())"
    )
    assert answer.stdout.strip() == "spoilt"
    assert (host / "base" / "lib" / "package.py").read_text() == "original\n"


def test_deleting_everything_harms_nothing_of_the_host(inside: Inside, host: Path) -> None:
    inside(
        "import shutil, os\n"
        "for name in os.listdir('/'):\n"
        "    shutil.rmtree('/' + name, ignore_errors=True)"
    )
    assert (host / "base" / "lib" / "package.py").exists()
    assert (host / "input" / "train.csv").exists()
    assert Path("/usr/bin/env").exists()
    assert (host / "secret").exists()


@pytest.mark.parametrize(
    "attempt",
    [
        "mount('tmpfs', '/tmp', 'tmpfs', 0, None)",
        "umount2('/kaggle/input/data', 2)",
        "mount(None, '/kaggle/input/data', None, 32 | 4096, None)",
    ],
)
def test_mounts_cannot_be_changed(inside: Inside, host: Path, attempt: str) -> None:
    answer = inside(
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def enc(x): return x.encode() if isinstance(x, str) else x\n"
        "def mount(*a): return libc.mount(*map(enc, a))\n"
        "def umount2(*a): return libc.umount2(*map(enc, a))\n"
        f"print({attempt}, ctypes.get_errno())"
    )
    assert answer.stdout.split()[0] == "-1"
    assert (host / "input" / "train.csv").read_text() == "a,b\n"


def test_a_new_user_namespace_does_not_help_against_a_read_only_input(
    inside: Inside, host: Path
) -> None:
    inside(
        "import subprocess; print(subprocess.run(['unshare', '-Urm', 'sh', '-c', "
        "'mount -o remount,bind,rw /kaggle/input/data; echo x > /kaggle/input/data/train.csv']))"
    )
    assert (host / "input" / "train.csv").read_text() == "a,b\n"


def test_stopping_the_first_process_by_a_trace_does_not_keep_the_sandbox_alive(
    spec: Callable[..., SandboxSpec],
) -> None:
    marker = f"kagura-{os.getpid()}-{time.monotonic_ns()}"
    sandbox = Bubblewrap().start(
        spec(
            "import ctypes, os, sys; ctypes.CDLL(None).ptrace(16, 1, 0, 0); print('', flush=True);"
            f"os.execv(sys.executable, ['{marker}', '-c', 'import time; time.sleep(600)'])"
        )
    )
    sandbox.stdout.readline()
    sandbox.stop()
    assert wait_until_gone(marker)


def test_without_a_network_there_is_none(inside: Inside) -> None:
    answer = inside(
        "import os; print(os.listdir('/sys/class/net') if os.path.exists('/sys') else 0)"
    )
    assert answer.stdout.strip() == "0"
    answer = inside(
        "import socket\ntry:\n socket.create_connection(('192.0.2.1', 80), 2)\n"
        "except OSError as e: print(e)"
    )
    assert "unreachable" in answer.stdout


def test_devices_are_private(inside: Inside) -> None:
    answer = inside("import os; print(sorted(os.listdir('/dev/shm')), os.path.exists('/dev/sda'))")
    assert answer.stdout.strip() == "[] False"


def test_a_process_that_detaches_itself_ends_with_the_sandbox(inside: Inside) -> None:
    marker = f"kagura-{os.getpid()}-{time.monotonic_ns()}"
    inside(
        "import os, sys, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        f"        os.execv(sys.executable, ['{marker}', '-c', 'import time; time.sleep(600)'])\n"
        "    os._exit(0)\n"
        "time.sleep(0.3)"
    )
    assert not alive(marker)


def test_everything_inside_dies_with_a_killed_bubblewrap(
    spec: Callable[..., SandboxSpec],
) -> None:
    marker = f"kagura-{os.getpid()}-{time.monotonic_ns()}"
    sandbox = Bubblewrap().start(
        spec(
            "import os, sys; print('up', flush=True);"
            f"os.execv(sys.executable, ['{marker}', '-c', 'import time; time.sleep(600)'])"
        )
    )
    assert sandbox.stdout.readline() == b"up\n"
    os.kill(int(sandbox.id), 9)
    sandbox.wait(10)
    assert wait_until_gone(marker)
    sandbox.stop()


def test_a_sandbox_leaves_no_mount_on_the_host(inside: Inside, host: Path) -> None:
    inside("pass")
    assert str(host) not in Path("/proc/self/mountinfo").read_text()


def alive(marker: str) -> bool:
    return any(
        (process.info["cmdline"] or [""])[0] == marker
        for process in psutil.process_iter(["cmdline"])
    )


def wait_until_gone(marker: str) -> bool:
    for _ in range(100):
        if not alive(marker):
            return True
        time.sleep(0.1)
    return False
