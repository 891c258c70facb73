"""One command at a time changes a project."""

from __future__ import annotations

import threading
from pathlib import Path

from kagura.progress import Silent
from kagura.project.turn import project_turn


class Heard(Silent):
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.spoke = threading.Event()

    def say(self, topic: str, text: str) -> None:
        self.said.append(f"{topic} {text}")
        self.spoke.set()


def test_who_comes_second_waits_and_is_told(tmp_path: Path) -> None:
    order: list[str] = []
    heard = Heard()
    folder = tmp_path / "project"

    def second() -> None:
        with project_turn(folder, home=tmp_path, progress=heard):
            order.append("second")

    with project_turn(folder, home=tmp_path, progress=Silent()):
        thread = threading.Thread(target=second)
        thread.start()
        assert heard.spoke.wait(30)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]
    assert heard.said == [f"waiting another kagura changes the project in {folder}"]


def test_two_projects_do_not_wait_for_each_other(tmp_path: Path) -> None:
    heard = Heard()
    with (
        project_turn(tmp_path / "a", home=tmp_path, progress=heard),
        project_turn(tmp_path / "b", home=tmp_path, progress=heard),
    ):
        assert heard.said == []
