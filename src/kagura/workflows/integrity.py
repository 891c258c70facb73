"""``kagura doctor --verify``: whether every file of the store is what it was when it was built."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kagura.inputs.verify import verify
from kagura.model.check import Finding
from kagura.progress import Progress
from kagura.store.objects import KINDS, Kind, Store, StoredObject
from kagura.workflows.needed import title_of

__all__ = ["check_store"]

MOST_NAMED = 3

AGAIN = "the next run builds it again"
FETCH = "the next run fetches it again"


def check_store(*, store: Store, progress: Progress) -> tuple[Finding, ...]:
    """Read every object of the store and compare; a damaged one is put aside, to be built again.

    Who uses it at this moment goes on with it.
    """
    found: list[Finding] = []
    for kind in KINDS:
        found += [_not_whole(folder, kind) for folder in store.broken(kind)]
        items = store.all(kind)
        for number, item in enumerate(items):
            progress.update("verify", title_of(item), done=number, total=len(items))
            with store.lease(item):
                if store.find(kind, item.digest):
                    found.append(_look(item, store, progress))
    return tuple(found)


def _look(item: StoredObject, store: Store, progress: Progress) -> Finding:
    title = f"{title_of(item).partition(' ')[2]} ({item.digest[7:19]})"
    topic = item.kind[:-1]
    if item.kind == "inputs":
        faults: Sequence[str] | None = verify(item, progress=progress)
    else:
        recorded = store.faults(item)
        faults = None if recorded is None else tuple(recorded)
    if faults is None:
        if store.is_whole(item):
            text = f"{title}: sizes and times are as they were; older than the record of digests"
            return Finding(topic=topic, state="ok", text=text)
        faults = ("a size or a time is not as it was",)
    if not faults:
        return Finding(topic=topic, state="ok", text=f"{title}: every file is as it was")
    store.put_aside(item)
    return Finding(
        topic=topic, state="broken", text=f"{title}: {_few(faults)}", mend=_mend(item.kind)
    )


def _not_whole(folder: Path, kind: Kind) -> Finding:
    text = f"{folder.name[:12]} is not whole"
    return Finding(topic=kind[:-1], state="broken", text=text, mend=_mend(kind))


def _mend(kind: Kind) -> str:
    if kind == "inputs":
        return f"{FETCH}; kagura clean --inputs frees the damaged one's bytes"
    return f"{AGAIN}; kagura clean frees the damaged one's bytes"


def _few(faults: Sequence[str]) -> str:
    more = f"; and {len(faults) - MOST_NAMED} more" if len(faults) > MOST_NAMED else ""
    return f"{'; '.join(faults[:MOST_NAMED])}{more}"
