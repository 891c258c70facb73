"""Runs, commands and sessions with the network on do not reach the host's loopback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from commands import ERA, kagura, write_notebook
from greeting import ASK, Greeter, gateway


@pytest.fixture
def service() -> Iterator[Greeter]:
    greeter = Greeter("127.0.0.1")
    yield greeter
    greeter.close()


def test_a_notebook_does_not_reach_the_hosts_loopback(
    home: Path, tmp_path: Path, service: Greeter
) -> None:
    places = [(way, service.port) for way in ("127.0.0.1", "::1", "10.0.2.2", gateway())]
    notebook = write_notebook(tmp_path / "n.ipynb", ASK.format(places=places))
    ran = kagura("run", notebook, "--base", ERA, "--output", "o", home=home, folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "loopback" not in ran.stderr
    text = (tmp_path / "o" / "__notebook__.ipynb").read_text()
    assert text.count("shut\\n") == len(places)
    script = ASK.format(places=places)
    command = ("exec", "--fresh", "--base", ERA, "--", "python", "-c", script)
    answer = kagura(*command, home=home, folder=tmp_path)
    assert answer.stdout.count("shut") == len(places), answer.stderr


def test_a_notebook_reaches_the_package_index_on_the_hosts_loopback_that_the_user_has_set(
    home: Path, tmp_path: Path, service: Greeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"http://127.0.0.1:{service.port}/simple")
    script = ASK.format(places=[("127.0.0.1", service.port)])
    command = ("exec", "--fresh", "--base", ERA, "--", "python", "-c", script)
    answer = kagura(*command, home=home, folder=tmp_path)
    assert answer.stdout.split()[2:] == ["host"], answer.stderr


def test_a_session_does_not_reach_the_hosts_loopback(
    home: Path, tmp_path: Path, service: Greeter
) -> None:
    places = [(way, service.port) for way in ("127.0.0.1", "::1", gateway())]
    raised = kagura("up", "--base", ERA, home=home, folder=tmp_path)
    try:
        assert raised.returncode == 0, raised.stderr
        command = ("exec", "--", "python", "-c", ASK.format(places=places))
        answer = kagura(*command, home=home, folder=tmp_path)
        assert answer.stdout.count("shut") == len(places), answer.stderr
    finally:
        kagura("down", home=home, folder=tmp_path)
