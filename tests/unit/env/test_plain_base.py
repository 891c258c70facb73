"""A base that is no era of Kaggle's: python=3.12."""

from __future__ import annotations

from datetime import date

import pytest

from kagura.env.base_builder import base_digest
from kagura.env.base_option import era_of_option, is_plain
from kagura.env.core import core, excludes
from kagura.errors import UsageError
from kagura.model.base import Package

TODAY = date(2026, 11, 23)


def test_a_python_is_a_base_with_what_a_kernel_needs() -> None:
    era = era_of_option("python=3.12", today=TODAY)
    assert (era.python, era.date, era.plain, era.prefix) == ("3.12", TODAY, True, "/usr/local")
    assert core(era) == ("ipykernel", "pip")
    assert excludes(era) == ()
    assert str(era) == "Python 3.12 as of 2026-11-23"
    assert is_plain("python=3.12")
    assert not is_plain("2026-06")


@pytest.mark.parametrize("base", ["python=", "python=2.7", "python=3", "python=3.5", "python=3.x"])
def test_what_is_no_usable_python_is_told(base: str) -> None:
    with pytest.raises(UsageError, match="not a Python that a base can have"):
        era_of_option(base, today=TODAY)


def test_days_on_which_the_packages_are_the_same_are_one_base() -> None:
    packages = (Package(name="ipykernel", version="7"),)
    first = era_of_option("python=3.12", today=TODAY)
    second = era_of_option("python=3.12", today=date(2026, 11, 24))
    assert base_digest(first, "3.12", packages) == base_digest(second, "3.12", packages)
    assert base_digest(first, "3.12", packages) != base_digest(first, "3.13", packages)
