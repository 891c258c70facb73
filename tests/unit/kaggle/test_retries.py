"""When a call is asked again, and after how long."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kagura.kaggle.retries import attempts_after, helps, retry_after, wait
from kagura.system.faults import BadCertificate, HttpFault, Refused, Reset, TimedOut, Unresolved

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2026 12:00:05 -0000", 5.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("²", None),
    ],
)
def test_what_the_server_asks_for_is_read(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}, now=NOW) == seconds


def test_waits_double_and_differ() -> None:
    assert [wait(attempt, asked=None, luck=1.0) for attempt in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert wait(3, asked=None, luck=0.0) == 2.0


def test_the_servers_wish_is_kept_and_never_undercut() -> None:
    assert wait(5, asked=7.0, luck=0.0) == 7.0
    assert wait(1, asked=0.0, luck=0.5) == 0.5


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_trouble_may_pass(status: int) -> None:
    assert helps(status)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404])
def test_answers_stay(status: int) -> None:
    assert not helps(status)


@pytest.mark.parametrize(
    ("fault", "attempts"),
    [(Reset, 6), (TimedOut, 6), (Unresolved, 3), (Refused, 3), (BadCertificate, 1)],
)
def test_a_fault_is_worth_so_many_attempts(fault: type[HttpFault], attempts: int) -> None:
    assert attempts_after(fault("host", "why")) == attempts
