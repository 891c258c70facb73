"""What was resolved before, so that the next run asks nobody and works offline."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from kagura.store.objects import StoredObject, digest_of
from kagura.system.disk import tree_size
from kagura.system.files import Lock, write_atomically

__all__ = ["Memory", "forget_records", "leads_nowhere", "size_of"]

DIGEST = re.compile(rb"sha256:[0-9a-f]{64}")


def leads_nowhere(home: Path, there: Collection[str]) -> list[Path]:
    """The records of objects that are not among those digests: they save nobody anything."""
    found = []
    for path in sorted((home / "resolved").glob("*.json")):
        with contextlib.suppress(OSError):
            named = {match.decode() for match in DIGEST.findall(path.read_bytes())}
            if named and named.isdisjoint(there):
                found.append(path)
    return found


def forget_records(home: Path, records: Collection[Path]) -> None:
    """Drop records, but for those whose question is just being asked again."""
    for path in records:
        guard = Lock(home / "locks" / f"resolved-{path.stem}.lock")
        if guard.acquire(wait=False):
            path.unlink(missing_ok=True)
            guard.release()


class Memory:
    """Small records in the store's ``resolved`` folder, named by the digest of their question.

    A record may be lost at any time; it costs a new question to the package index.
    """

    def __init__(self, home: Path, question: Mapping[str, Any]) -> None:
        self._name = digest_of(question).removeprefix("sha256:")
        self._path = home / "resolved" / f"{self._name}.json"
        self._lock = home / "locks" / f"resolved-{self._name}.lock"

    def recall(self) -> dict[str, Any] | None:
        """The answer, if it is known and readable."""
        try:
            answer = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return None
        return answer if isinstance(answer, dict) else None

    def keep(self, answer: Mapping[str, Any]) -> None:
        """Remember the answer."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._path, json.dumps(answer, indent=1))

    def forget(self) -> None:
        """Drop it: what it led to could not be built."""
        self._path.unlink(missing_ok=True)

    def lock(self) -> Lock:
        """Who asks the same question waits for the first one's answer."""
        return Lock(self._lock)


def size_of(item: StoredObject, *, home: Path) -> int:
    """Bytes on disk of an object, measured once: it never changes, and a base has many files."""
    memory = Memory(home, {"what": "size", "object": item.digest})
    answer = memory.recall()
    if answer is None:
        answer = {"size": tree_size(item.tree)}
        memory.keep(answer)
    return int(answer["size"])
