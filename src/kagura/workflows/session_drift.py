"""What a session that is up has changed in its environment so far, read from its scratch."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kagura.env.drift import Place, places_of, read_drift
from kagura.model.drift import Drift
from kagura.model.sandbox import SandboxSpec
from kagura.session.record import Session, all_sessions
from kagura.store.objects import Store
from kagura.system.files import write_atomically

__all__ = ["SessionDrift", "noting_places", "session_drifts"]

# In the scratch of a round, of which the sandbox sees only folders that are mounted one by one.
NOTE = "places.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDrift:
    """A session that is up: ``started`` as its record has it, and what ``reset`` would undo."""

    name: str
    started: str
    drift: Drift


def noting_places(
    spec_of: Callable[[Path], SandboxSpec], *, prefix: str
) -> Callable[[Path], SandboxSpec]:
    """``spec_of``, which also notes in the scratch where its environment is written."""

    def noted(scratch: Path) -> SandboxSpec:
        spec = spec_of(scratch)
        note = [
            {
                "target": place.target,
                "lowers": list(map(str, place.lowers)),
                "upper": str(place.upper),
            }
            for place in places_of(spec, prefix=prefix)
        ]
        write_atomically(scratch / NOTE, json.dumps(note))
        return spec

    return noted


def session_drifts(*folders: Path, store: Store) -> tuple[SessionDrift, ...]:
    """The drift of the sessions over these folders, by name.

    One that is reset or ended meanwhile is left out: what was read is gone.
    """
    found = []
    for session in _up(store):
        places = _places(session)
        if Path(session.folder) not in folders or places is None:
            continue
        drift = read_drift(places)
        if any((now.pid, now.rounds) == (session.pid, session.rounds) for now in _up(store)):
            found.append(SessionDrift(name=session.name, started=session.started, drift=drift))
    return tuple(found)


def _up(store: Store) -> list[Session]:
    return [session for session in all_sessions(store.home) if session.state == "running"]


def _places(session: Session) -> tuple[Place, ...] | None:
    """None where a round has just gone, or was begun by a kagura that did not note them."""
    note = Path(session.run).parent / f"round-{session.rounds}" / NOTE
    try:
        return tuple(
            Place(
                target=item["target"],
                lowers=tuple(map(Path, item["lowers"])),
                upper=Path(item["upper"]),
            )
            for item in json.loads(note.read_bytes())
        )
    except (OSError, ValueError):
        return None
