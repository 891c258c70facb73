"""Which interpreter stands in for one that is not there."""

from __future__ import annotations

from datetime import date

import pytest

from kagura.env.pythons import nearest, oldest_date
from kagura.model.base import Python


def pythons(*versions: str) -> tuple[Python, ...]:
    return tuple(
        Python(executable=f"/usr/bin/python{version}", prefix="/usr", version=version)
        for version in versions
    )


@pytest.mark.parametrize(
    ("wanted", "present", "chosen"),
    [
        ("3.7", ("3.11.2", "3.8.1"), "3.8.1"),
        ("3.7", ("3.6.15", "3.8.1"), "3.8.1"),
        ("3.10", ("3.12.1", "3.9.18", "3.11.7"), "3.11.7"),
        ("3.6", ("3.11.2",), "3.11.2"),
        ("3.6", ("3.5.9", "3.12.0"), "3.12.0"),
    ],
)
def test_the_nearest_is_chosen_and_of_two_as_near_the_newer(
    wanted: str, present: tuple[str, ...], chosen: str
) -> None:
    found = nearest(wanted, pythons(*present))
    assert found is not None
    assert found.version == chosen


def test_without_a_usable_python_there_is_none() -> None:
    assert nearest("3.7", pythons("2.7.18")) is None


def test_a_newer_python_has_no_packages_from_before_its_time() -> None:
    assert oldest_date("3.11") == date(2023, 2, 1)
    assert oldest_date("3.99") == max(oldest_date(f"3.{minor}") for minor in range(6, 15))
