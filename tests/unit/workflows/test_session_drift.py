"""The drift of sessions that are up, and what `kagura keep` takes from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kagura.errors import UsageError
from kagura.model.drift import Drift
from kagura.model.sandbox import Overlay, SandboxSpec
from kagura.session.record import Session, guard_of, save
from kagura.store.objects import Store
from kagura.workflows import session_drift
from kagura.workflows.keep import chosen_packages
from kagura.workflows.session_drift import noting_places, session_drifts

SITE = Path("lib/python3.12/site-packages")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


@pytest.fixture
def session(tmp_path: Path, store: Store) -> Iterator[Session]:
    """A session whose process lives (this one), in its first round, with six 1.17 installed."""
    scratch = tmp_path / "scratch"
    folder = scratch / "round-1"
    base, upper = tmp_path / "base", folder / "upper"
    base.mkdir()
    _install(upper, "six-1.17")
    noting_places(_spec_over(base, upper), prefix="/usr/local")(folder)
    made = Session(
        name="irises",
        folder=str(tmp_path),
        working=str(tmp_path),
        notebook=None,
        base="era",
        host="127.0.0.1",
        port=1,
        token="",
        pid=1,
        run=str(scratch / "run"),
        started="2026-11-24T00:00:00+00:00",
        state="running",
    )
    save(store.home, made)
    guard = guard_of(store.home, made.name)
    guard.acquire()
    yield made
    guard.release()


def _spec_over(base: Path, upper: Path) -> Callable[[Path], SandboxSpec]:
    overlay = Overlay(target="/usr/local", lowers=(str(base),), upper=str(upper), work="/w")
    return lambda scratch: SandboxSpec(
        argv=("true",),
        mounts=(overlay,),
        environment={},
        directory="/",
        hostname="h",
        network="none",
    )


def _install(prefix: Path, name: str) -> None:
    folder = prefix / SITE / f"{name}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").touch()


def test_what_a_session_installed_is_seen_and_can_be_kept(
    session: Session, store: Store, tmp_path: Path
) -> None:
    (found,) = session_drifts(tmp_path, store=store)
    assert [str(package) for package in found.drift.packages] == ["six 1.17"]
    assert chosen_packages(("Six",), everything=False, here=tmp_path, store=store)
    with pytest.raises(UsageError, match="no package rich was changed by the session irises"):
        chosen_packages(("rich",), everything=False, here=tmp_path, store=store)


def test_sessions_elsewhere_and_dead_ones_are_not_told(
    session: Session, store: Store, tmp_path: Path
) -> None:
    assert session_drifts(tmp_path / "elsewhere", store=store) == ()
    save(store.home, replace(session, name="dead"))
    assert len(session_drifts(tmp_path, store=store)) == 1


def test_a_session_of_an_older_kagura_has_no_note(
    session: Session, store: Store, tmp_path: Path
) -> None:
    save(store.home, replace(session, rounds=2))
    assert session_drifts(tmp_path, store=store) == ()


def test_what_was_reset_while_it_was_read_is_not_told(
    session: Session, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reset_meanwhile(places: object) -> Drift:
        save(store.home, replace(session, rounds=2))
        return Drift()

    monkeypatch.setattr(session_drift, "read_drift", reset_meanwhile)
    assert session_drifts(tmp_path, store=store) == ()
