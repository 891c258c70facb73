"""A run of the program inside, started for real, and what it told and left."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a run told and left."""

    events: list[dict[str, Any]]
    folder: Path
    status: int

    @property
    def end(self) -> str:
        return str(self.events[-1]["status"])

    @property
    def failure(self) -> dict[str, Any]:
        (event,) = self.named("failure")
        return event

    @property
    def document(self) -> Any:
        return json.loads((self.folder / "__notebook__.ipynb").read_text())

    @property
    def page(self) -> str:
        return (self.folder / "__results__.html").read_text()

    @property
    def log(self) -> str:
        return "".join(record["data"] for record in self.records)

    @property
    def records(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((self.folder / "case.log").read_text())
        return found

    def named(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == name]

    def outputs(self, index: int) -> Any:
        return self.document["cells"][index]["outputs"]

    def text(self, index: int) -> str:
        return "".join(output.get("text", "") for output in self.outputs(index))


@dataclass(frozen=True, kw_only=True)
class Job:
    """A started run."""

    process: subprocess.Popen[bytes]
    folder: Path

    def say(self, line: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def hang_up(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()

    def wait_for(self, name: str, **details: object) -> list[dict[str, Any]]:
        """Read events up to one of this name and with these details."""
        assert self.process.stdout
        seen = []
        for line in self.process.stdout:
            seen.append(json.loads(line))
            if seen[-1]["event"] == name and details.items() <= seen[-1].items():
                return seen
        raise AssertionError(f"no {name} among {seen}")

    def finish(self) -> Result:
        assert self.process.stdout
        events = [json.loads(line) for line in self.process.stdout]
        return Result(events=events, folder=self.folder, status=self.process.wait())


Start = Callable[..., Job]
Execute = Callable[..., Result]
