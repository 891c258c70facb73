"""Which projects use the store: a note a project and notebook, left when objects are leased."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kagura.store.objects import KINDS, Kind, StoredObject, digest_of
from kagura.system.files import write_atomically

__all__ = ["Noted", "note_use", "noted"]

NOTES = "projects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A project and what it was seen to use; ``uses`` are kinds and digests, sorted."""

    folder: Path
    uses: tuple[tuple[Kind, str], ...]


def note_use(
    home: Path, folder: Path, *, rests_on: Sequence[str], uses: Iterable[StoredObject]
) -> None:
    """Note what a project uses now, instead of what was noted for the same files.

    ``rests_on`` are files of the project, as ``kagura.toml``: the note holds while they are all
    there.  A store that cannot be written to (somebody else's) learns nothing, and that is no
    failure of who uses it.
    """
    note = {
        "folder": os.fspath(folder),
        "rests_on": sorted(rests_on),
        "uses": sorted({(item.kind, item.digest) for item in uses}),
    }
    name = digest_of([note["folder"], note["rests_on"]]).removeprefix("sha256:")
    path = home / NOTES / f"{name}.json"
    text = json.dumps(note, indent=1)
    with contextlib.suppress(OSError):
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)


def noted(home: Path) -> tuple[Noted, ...]:
    """The projects that are still there, by their folders; notes of others are dropped."""
    found: dict[Path, set[tuple[Kind, str]]] = {}
    for path in sorted((home / NOTES).glob("*.json")):
        note = _read(path)
        if note is None:
            with contextlib.suppress(OSError):
                path.unlink()
            continue
        found.setdefault(note.folder, set()).update(note.uses)
    return tuple(
        Noted(folder=folder, uses=tuple(sorted(uses))) for folder, uses in sorted(found.items())
    )


def _read(path: Path) -> Noted | None:
    """A note; None if it is broken, or if a file that it rests on is gone."""
    try:
        note = json.loads(path.read_bytes())
        folder = Path(note["folder"])
        uses = tuple((kind, digest) for kind, digest in note["uses"] if kind in KINDS)
        gone = any(_is_gone(folder / name) for name in note["rests_on"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None if gone else Noted(folder=folder, uses=uses)


def _is_gone(path: Path) -> bool:
    # A disk that does not answer, or a folder that is closed to us, is not gone.
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
