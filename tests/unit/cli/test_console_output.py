"""Where a program's own output goes, beside kagura's talk."""

from __future__ import annotations

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
