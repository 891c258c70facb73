"""Where a program's own output goes, beside kagura's talk."""

from __future__ import annotations

import re

import pytest

from kagura.cli.console import Plain, Quiet, Terminal


@pytest.mark.parametrize("kind", [Plain, Quiet, Terminal])
def test_a_program_keeps_its_streams(
    kind: type[Plain | Quiet | Terminal], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = kind()
    shown.output("result\n", is_error=False)
    shown.output("trouble\n", is_error=True)
    assert capsys.readouterr() == ("result\n", "trouble\n")


@pytest.mark.parametrize("kind", [Plain, Quiet, Terminal])
def test_where_stdout_is_for_a_result_the_program_goes_to_stderr(
    kind: type[Plain | Quiet | Terminal], capsys: pytest.CaptureFixture[str]
) -> None:
    kind(has_data=True).output("text\n", is_error=False)
    assert capsys.readouterr() == ("", "text\n")


def test_bytes_are_shown_as_sizes_and_things_by_their_number(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kagura.cli.console.SECONDS_BETWEEN_SIGNS", 0.0)
    shown = Plain()
    shown.update("input", "1 MB/s", done=505_413_632, total=998_549_032, in_bytes=True)
    shown.update("input", "1 MB/s", done=505_413_632, in_bytes=True)
    shown.update("cells", "running", done=3, total=13)
    shown.update("lock", "resolving")
    assert capsys.readouterr().err == (
        "input    505 MB/999 MB 1 MB/s\n"
        "input    505 MB 1 MB/s\n"
        "cells    3/13 running\n"
        "lock     resolving …\n"
    )


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_on_a_narrow_terminal_the_words_are_cut_and_not_the_numbers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    shown = Terminal()
    text = "1 MB/s · 0:30 left · 12,000 of 20,000 files · datasets/owner/a-long-name/versions/3"
    shown.update("input", text, done=505_413_632, total=998_549_032, in_bytes=True)
    shown.close()
    drawn = capsys.readouterr().err
    assert re.search(r"505 MB/999 MB 0:00:0\d 1 MB/s", drawn), drawn
    assert max(len(line) for line in drawn.splitlines()) <= width
