"""Sessions from any shell: which is meant, what is told of dead ones, and who can read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kagura.errors import MachineError, UsageError
from kagura.session.record import (
    Session,
    all_sessions,
    connection_of,
    guard_of,
    log_of,
    save,
    save_connection,
    withdraw,
)
from kagura.store.objects import Store
from kagura.system.files import Lock
from kagura.workflows.sessions import listed, session_here


def session(name: str, folder: Path, **more: object) -> Session:
    fields: dict[str, object] = {
        "name": name,
        "folder": str(folder),
        "working": str(folder),
        "notebook": None,
        "base": "era 2023-07-08",
        "host": "127.0.0.1",
        "port": 8888,
        "token": "secret",
        "pid": 1,
        "run": str(folder),
        "started": "2026-11-24T00:00:00+00:00",
        "state": "running",
    }
    return Session(**(fields | more))  # type: ignore[arg-type]


def live(home: Path, name: str, folder: Path) -> Lock:
    """A session whose process lives: this one."""
    guard = guard_of(home, name)
    guard.acquire()
    save(home, session(name, folder))
    return guard


def test_the_session_around_a_folder_is_meant_and_the_innermost_of_several(tmp_path: Path) -> None:
    home, outer, inner = tmp_path / "home", tmp_path / "outer", tmp_path / "outer" / "inner"
    store = Store(home)
    with live(home, "outer", outer), live(home, "inner", inner):
        assert session_here(None, here=inner / "deep", store=store).name == "inner"
        assert session_here(None, here=outer, store=store).name == "outer"
        assert session_here("outer", here=inner, store=store).name == "outer"
        with pytest.raises(UsageError, match="several sessions") as several:
            session_here(None, here=tmp_path, store=store)
        assert "inner, outer" in (several.value.hint or "")


def test_the_only_session_is_meant_from_anywhere(tmp_path: Path) -> None:
    with live(tmp_path, "one", tmp_path / "one"):
        assert session_here(None, here=Path("/"), store=Store(tmp_path)).name == "one"


def test_no_session_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no session is up"):
        session_here(None, here=tmp_path, store=Store(tmp_path))
    with pytest.raises(UsageError, match="there is no session other"):
        session_here("other", here=tmp_path, store=Store(tmp_path))


def test_a_session_whose_process_has_died_is_gone(tmp_path: Path) -> None:
    guard = live(tmp_path, "one", tmp_path)
    guard.release()
    (found,) = all_sessions(tmp_path)
    assert found.state == "gone"
    (told,) = listed(Store(tmp_path))
    assert (told.state, told.memory) == ("gone", None)
    with pytest.raises(MachineError, match="is gone"):
        session_here("one", here=tmp_path, store=Store(tmp_path))


def test_records_are_the_users_alone_and_a_broken_one_is_passed_by(tmp_path: Path) -> None:
    save(tmp_path, session("one", tmp_path))
    assert (tmp_path / "sessions" / "one.json").stat().st_mode & 0o077 == 0
    (tmp_path / "sessions" / "bad.json").write_text("{")
    assert [item.name for item in all_sessions(tmp_path)] == ["one"]
    log_of(tmp_path, "one").touch()
    withdraw(tmp_path, "one")
    withdraw(tmp_path, "one")
    assert [path.name for path in (tmp_path / "sessions").iterdir()] == ["bad.json"]


def test_a_connection_file_is_the_users_alone_no_session_and_forgotten_with_it(
    tmp_path: Path,
) -> None:
    save(tmp_path, session("one", tmp_path, connection=str(connection_of(tmp_path, "one"))))
    save_connection(tmp_path, "one", "{}")
    assert connection_of(tmp_path, "one").stat().st_mode & 0o077 == 0
    (listed_one,) = listed(Store(tmp_path))
    assert (listed_one.url, listed_one.connection) == (None, str(connection_of(tmp_path, "one")))
    withdraw(tmp_path, "one")
    assert list((tmp_path / "sessions").iterdir()) == []


def test_an_address_leads_to_the_notebook_whatever_its_name(tmp_path: Path) -> None:
    named = session("one", tmp_path, notebook="a folder/ünï #1.ipynb")
    assert named.url == (
        "http://127.0.0.1:8888/lab/tree/a%20folder/%C3%BCn%C3%AF%20%231.ipynb?token=secret"
    )
    assert session("one", tmp_path, host="::1").url == "http://[::1]:8888/lab?token=secret"
