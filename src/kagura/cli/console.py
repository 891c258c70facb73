"""How work is shown: on a terminal with moving bars, elsewhere as plain lines; all on stderr."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from kagura.errors import KaguraError
from kagura.progress import size_text

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

__all__ = ["Plain", "Terminal", "console", "show_error"]

# Without a terminal, work that goes on for long says so now and then.
SECONDS_BETWEEN_SIGNS = 10.0
TOPIC_WIDTH = 9
BAR_WIDTH, NARROW = 18, 60


def console(*, quiet: bool = False, has_data: bool = False) -> Plain | Terminal | Quiet:
    """The way to show progress here.  ``has_data``: stdout is for a result, and for that alone."""
    if quiet:
        return Quiet(has_data=has_data)
    moves = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return Terminal(has_data=has_data) if moves else Plain(has_data=has_data)


class Plain:
    """Lines on stderr, no colour, nothing that moves."""

    def __init__(self, *, has_data: bool = False) -> None:
        self._has_data = has_data
        self._last = time.monotonic()

    def say(self, topic: str, text: str) -> None:
        """Print a finished fact."""
        print(f"{topic:<{TOPIC_WIDTH}}{text}", file=sys.stderr, flush=True)  # noqa: T201
        self._last = time.monotonic()

    def update(
        self, topic: str, text: str, *, done: int = 0, total: int = 0, in_bytes: bool = False
    ) -> None:
        """Print a sign of life, not too often; it looks like no finished fact."""
        if time.monotonic() - self._last < SECONDS_BETWEEN_SIGNS:
            return
        count = _counted(done, total, in_bytes=in_bytes)
        self.say(topic, f"{count} {text}" if count else f"{text} …")

    def warn(self, text: str, *, hint: str | None = None) -> None:
        """Print a warning."""
        self.say("warning", text)
        if hint:
            self.say("hint:", hint)

    def output(self, text: str, *, is_error: bool) -> None:
        """Pass it on."""
        _pass_on(text, is_error=is_error or self._has_data)
        self._last = time.monotonic()

    def close(self) -> None:
        """Nothing moves, nothing to end."""


class Quiet(Plain):
    """Says warnings only."""

    def say(self, topic: str, text: str) -> None:
        """Print it if it is a warning."""
        if topic in ("warning", "hint:"):
            super().say(topic, text)


class Terminal:
    """Bars and colours by rich (which honours NO_COLOR)."""

    def __init__(self, *, has_data: bool = False) -> None:
        self._has_data = has_data
        self._bars: Bars | None = None
        self._bar_width = 0
        self._tasks: dict[str, TaskID] = {}

    def say(self, topic: str, text: str) -> None:
        """Print a finished fact above what still moves."""
        self._finish(topic)
        self._print(topic, text, style="bold")

    def update(
        self, topic: str, text: str, *, done: int = 0, total: int = 0, in_bytes: bool = False
    ) -> None:
        """Move the topic's bar."""
        bars = self._started()
        if topic not in self._tasks:
            # Drawn at once, by a thread of rich's own: all that is drawn must be there.
            self._tasks[topic] = bars.add_task(topic, total=None, topic=topic, text="", count="")
        task = self._tasks[topic]
        count = _counted(done, total, in_bytes=in_bytes)
        # Rich would cut all columns alike, the numbers too.
        room = bars.console.width - TOPIC_WIDTH - self._bar_width - len(count) - len("0:00:00") - 4
        shown = text if len(text) <= room else f"{text[: max(room - 1, 0)]}…"
        bars.update(task, completed=done, total=total or None, text=shown, count=count)

    def warn(self, text: str, *, hint: str | None = None) -> None:
        """Print a warning."""
        self._print("warning", text, style="yellow")
        if hint:
            self._print("hint:", hint, style="cyan")

    def output(self, text: str, *, is_error: bool) -> None:
        """Pass it on; it may move the cursor itself, so nothing of ours moves from here on."""
        self.close()
        _pass_on(text, is_error=is_error or self._has_data)

    def close(self) -> None:
        """End what moves."""
        if self._bars:
            self._bars.stop()
            self._bars = None
            self._tasks.clear()

    def _started(self) -> Bars:
        if self._bars is None:
            from rich import progress
            from rich.console import Console

            terminal = Console(stderr=True, highlight=False)
            self._bar_width = BAR_WIDTH if terminal.width >= NARROW else 0
            self._bars = progress.Progress(
                progress.TextColumn(f"[bold]{{task.fields[topic]:<{TOPIC_WIDTH - 1}}}"),
                *([progress.BarColumn(BAR_WIDTH)] if self._bar_width else []),
                progress.TextColumn("{task.fields[count]}", style="progress.download"),
                progress.TimeElapsedColumn(),
                progress.TextColumn("{task.fields[text]}", markup=False),
                console=terminal,
                transient=False,
            )
            self._bars.start()
        return self._bars

    def _finish(self, topic: str) -> None:
        task = self._tasks.pop(topic, None)
        if self._bars and task is not None:
            self._bars.remove_task(task)

    def _print(self, topic: str, text: str, *, style: str) -> None:
        from rich.console import Console
        from rich.text import Text

        line = Text(f"{topic:<{TOPIC_WIDTH}}", style=style).append(text, style="not bold")
        place = self._bars.console if self._bars else Console(stderr=True, highlight=False)
        place.print(line, soft_wrap=True)


def _counted(done: int, total: int, *, in_bytes: bool) -> str:
    if in_bytes:
        return f"{size_text(done)}/{size_text(total)}" if total else size_text(done)
    return f"{done}/{total}" if total else ""


def _pass_on(text: str, *, is_error: bool) -> None:
    stream = sys.stderr if is_error else sys.stdout
    stream.write(text)
    stream.flush()


def show_error(error: KaguraError) -> None:
    """One message and one hint, on stderr."""
    print(f"error: {error.message}", file=sys.stderr)  # noqa: T201
    if error.hint:
        print(f"hint: {error.hint}", file=sys.stderr)  # noqa: T201
