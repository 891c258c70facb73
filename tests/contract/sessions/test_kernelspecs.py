"""Installed kernels: the user's own Jupyter starts each in a sandbox."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import ERA, kagura, write_notebook
from kernels import install, interrupted, jupyter_with, kernel, ours, said, scratch_of
from labs import LabClient
from living import ended, running_of, until

from kagura.system.host import uv_program

NEWEST = "2026-06"
BUSY = "open('begun', 'w').close()\nwhile True: pass"
CHILD = (
    "import subprocess; child = subprocess.Popen(['sleep', '1000']); open('begun', 'w').close(); "
    "child.wait()"
)


@pytest.mark.parametrize(
    ("base", "transport", "python"),
    [
        ("2018-06-26", "tcp", "(3, 6)"),
        (ERA, "tcp", "(3, 10)"),
        (ERA, "ipc", "(3, 10)"),
        (NEWEST, "tcp", "(3, 12)"),
    ],
)
def test_a_kernel_lives_as_any_other(
    folder: Path, home: Path, base: str, transport: str, python: str
) -> None:
    name = install("--base", base, home=home, folder=folder)
    with kernel(name, folder=folder, transport=transport) as (manager, client):
        where = "import os, sys; print(sys.version_info[:2], os.getcwd(), os.getuid())"
        assert said(client, where) == f"{python} /kaggle/working 0\n"
        said(client, "a = 1; open('weights.bin', 'w').write('7')")
        assert (folder / "weights.bin").read_text() == "7"
        for endless in (BUSY, CHILD):
            assert interrupted(manager, client, endless, begun=folder / "begun") == (
                "KeyboardInterrupt"
            )
        # An interrupt is also for what the cell has started, as on the host.
        assert said(client, "child.wait(); print('ended')") == "ended\n"
        assert said(client, "print(a)") == "1\n"
        said(client, "import pip, pathlib; pathlib.Path(pip.__file__).write_text('spoilt')")
        manager.restart_kernel()
        client.wait_for_ready(timeout=60)
        assert said(client, "import pip; print('a' in globals(), hasattr(pip, 'main'))") == (
            "False True\n"
        )
    assert running_of(home) == []
    assert scratch_of(home) == []


def test_the_provisioner_uses_no_ports_and_leaves_nothing(folder: Path, home: Path) -> None:
    name = install("--base", ERA, "--provisioner", home=home, folder=folder)
    with kernel(name, folder=folder) as (manager, client):
        assert type(manager.provisioner).__name__ == "KaguraProvisioner"
        assert said(client, "print(1)") == "1\n"
        assert ours().net_connections(kind="inet") == []
        said(client, "a = 1")
        manager.restart_kernel()
        client.wait_for_ready(timeout=60)
        assert said(client, "print('a' in globals())") == "False\n"
    assert running_of(home) == []
    assert scratch_of(home) == []
    assert list((folder.parent / "runtime").iterdir()) == []


def test_what_goes_wrong_is_told_where_the_user_sees_it(folder: Path, home: Path) -> None:
    project = folder / "kagura.toml"
    project.write_text(f'[project]\nbase = "{ERA}"\n')
    plain = install("--name", "plain", home=home, folder=folder)
    provisioned = install("--name", "provisioned", "--provisioner", home=home, folder=folder)
    project.unlink()
    manager = KernelManager(kernel_name=provisioned)
    with pytest.raises(RuntimeError, match=r"there is no project in .*irises"):
        manager.start_kernel(cwd=os.fspath(folder), env=dict(os.environ))
    manager.cleanup_resources()
    manager = KernelManager(kernel_name=plain)
    with (folder.parent / "stderr").open("wb") as stderr:
        manager.start_kernel(cwd=os.fspath(folder), env=dict(os.environ), stderr=stderr)
        assert until(lambda: not manager.is_alive())
    manager.shutdown_kernel(now=True)
    assert "there is no project in" in (folder.parent / "stderr").read_text()
    assert running_of(home) == []


def test_a_kernel_that_cannot_start_says_why(folder: Path, home: Path) -> None:
    (folder / "kagura.toml").write_text(f'[project]\nbase = "{ERA}"\npaths = ["src"]\n')
    (folder / "src").mkdir()
    (folder / "src" / "ipykernel_launcher.py").write_text("raise SystemExit('its own words')\n")
    name = install("--provisioner", home=home, folder=folder)
    manager = KernelManager(kernel_name=name)
    with pytest.raises(RuntimeError, match=r"ended before it answered:\n.*its own words"):
        manager.start_kernel(cwd=os.fspath(folder), env=dict(os.environ))
    manager.cleanup_resources()
    assert running_of(home) == []
    assert scratch_of(home) == []


def test_a_projects_kernel_has_its_environment_and_its_working_folder(
    folder: Path, home: Path
) -> None:
    deep = folder / "working" / "deep"
    deep.mkdir(parents=True)
    (folder / "kagura.toml").write_text(
        f'[project]\nbase = "{ERA}"\npaths = ["src"]\ninternet = false\n'
    )
    (folder / "src").mkdir()
    (folder / "src" / "helper.py").write_text("told = 'mine'\n")
    name = install(home=home, folder=folder / "working")
    assert name == "kagura-irises"
    where = "import os, helper; print(os.getcwd(), os.listdir('/kaggle/working'), helper.told)"
    with kernel(name, folder=deep) as (_, client):
        assert said(client, where) == "/kaggle/working/deep ['deep'] mine\n"
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "notes.txt").touch()
    with kernel(name, folder=elsewhere) as (_, client):
        assert said(client, where) == "/kaggle/working ['notes.txt'] mine\n"
        reach = "import socket; socket.create_connection(('127.0.0.1', 1), 5)"
        assert said(client, reach) == "ConnectionRefusedError"
        assert said(client, "print(os.listdir('/sys/class/net'))").count("lo") <= 1


def test_somebodys_own_jupyter_server_runs_a_cell(folder: Path, home: Path, tmp_path: Path) -> None:
    programs = jupyter_with(os.fspath(uv_program()), tmp_path / "own", "jupyter-server")
    name = install("--base", ERA, "--prefix", tmp_path / "own", home=home, folder=folder)
    log = (tmp_path / "log").open("wb")
    server = subprocess.Popen(
        [
            *(programs / "jupyter-server", "--allow-root", "--ServerApp.port=0"),
            *("--IdentityProvider.token=secret", f"--ServerApp.root_dir={folder.parent}"),
        ],
        # Not ours: no store is named, and no program of ours is on its path.
        env={"PATH": "/usr/bin:/bin", "HOME": os.fspath(tmp_path)},
        stderr=log,
    )
    log.close()
    try:
        runtime = tmp_path / ".local" / "share" / "jupyter" / "runtime"
        assert until(lambda: any(path.stat().st_size for path in runtime.glob("jpserver-*.json")))
        (told,) = runtime.glob("jpserver-*.json")
        lab = LabClient(f"{json.loads(told.read_text())['url']}?token=secret")
        assert until(lambda: _answers(lab))
        _, specs = lab.ask("/api/kernelspecs")
        assert specs["kernelspecs"][name]["spec"]["display_name"] == f"{ERA} · Python 3.10 (kagura)"
        wanted = {
            "path": "irises/irises.ipynb",
            "type": "notebook",
            "name": "irises.ipynb",
            "kernel": {"name": name},
        }
        status, session = lab.ask("/api/sessions", wanted)
        assert status == 201, session
        number = session["kernel"]["id"]
        where = "import os; print(os.getcwd(), os.listdir(), os.environ['JPY_SESSION_NAME'])"
        assert lab.execute(where, kernel=number) == (
            "/kaggle/working ['irises.ipynb'] /kaggle/working/irises.ipynb\n"
        )
        lab.execute("a = 1", kernel=number)
        assert lab.ask(f"/api/kernels/{number}/restart", {})[0] == 200
        assert lab.execute("print('a' in globals())", kernel=number) == "False\n"
        tree = [ours(), *ours().children(recursive=True)]
    finally:
        server.kill()
        server.wait()
    assert ended(tree)
    assert running_of(home) == []


def _answers(lab: LabClient) -> bool:
    with contextlib.suppress(OSError):
        return lab.ask("/api")[0] == 200
    return False


def test_a_bare_pythons_kernel_has_the_packages_of_the_day_it_was_installed(
    folder: Path, home: Path, tmp_path: Path
) -> None:
    minor = f"3.{sys.version_info.minor}"
    name = install("--base", f"python={minor}", home=home, folder=folder)
    assert name == f"kagura-python-{minor}"
    spec = json.loads((tmp_path / "jupyter" / "kernels" / name / "kernel.json").read_text())
    day = spec["argv"][spec["argv"].index("--day") + 1]
    assert spec["metadata"]["kagura"]["base"] == f"Python {minor} as of {day}"
    with kernel(name, folder=folder) as (_, client):
        assert said(client, "import sys; print(sys.version_info[:2])") == (
            f"{sys.version_info[:2]}\n"
        )


def test_kernels_are_listed_renamed_and_removed(folder: Path, home: Path, tmp_path: Path) -> None:
    def listed(*more: str | Path) -> list[dict[str, str]]:
        answer = kagura("kernelspec", "list", "--format", "json", *more, home=home, folder=folder)
        found: list[dict[str, str]] = json.loads(answer.stdout)
        return found

    assert listed() == []
    install("irises.ipynb", "--base", ERA, home=home, folder=folder)
    install("--base", ERA, "--name", "old", "--display-name", "Old", home=home, folder=folder)
    install("--base", ERA, "--name", "there", "--prefix", tmp_path / "p", home=home, folder=folder)
    assert [(item["name"], item["display_name"]) for item in listed()] == [
        ("kagura-irises", "irises · Python 3.10 (kagura)"),
        ("old", "Old"),
    ]
    assert [item["name"] for item in listed("--prefix", tmp_path / "p")] == ["there"]
    # Another notebook of that name gets another kernel; the same one, the same.
    other = folder / "other"
    other.mkdir()
    write_notebook(other / "irises.ipynb", "print('read')")
    words = ("irises.ipynb", "--base", ERA)
    second = install(*words, home=home, folder=other)
    assert second.startswith("kagura-irises-")
    assert install(*words, home=home, folder=folder) == "kagura-irises"
    assert install(*words, home=home, folder=other) == second
    # What is somebody else's is neither overwritten nor removed.
    foreign = tmp_path / "jupyter" / "kernels" / "theirs"
    foreign.mkdir()
    (foreign / "kernel.json").write_text('{"argv": ["x"], "display_name": "x", "language": "x"}')
    for refused in (
        ("install", "--base", ERA, "--name", "theirs"),
        ("install", "--base", ERA, "--name", "a b"),
        ("install", "--base", ERA, "--input", f"x={folder}"),
        ("install", "--user", "--sys-prefix"),
        ("remove", "theirs"),
        ("remove", "old", "none"),
    ):
        answer = kagura("kernelspec", *refused, home=home, folder=folder)
        assert answer.returncode == 2, refused
        assert answer.stderr.count("error:") == 1, answer.stderr
    assert kagura("kernelspec", "remove", "old", second, home=home, folder=folder).returncode == 0
    assert [item["name"] for item in listed()] == ["kagura-irises"]
    assert foreign.exists()
