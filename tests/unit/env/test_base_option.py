from __future__ import annotations

from datetime import date

import pytest

from kagura.env.base_option import era_of_option
from kagura.env.catalog import images
from kagura.errors import UsageError

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("option", "era"),
    [
        ("2023-07", date(2023, 7, 8)),
        ("2023-07-05", date(2023, 7, 5)),
        ("2023-07-07", date(2023, 7, 5)),
        ("2023-7", date(2023, 7, 8)),
        ("2021-06", date(2021, 4, 16)),
        ("2026-11", date(2026, 6, 29)),
        ("2025-12", date(2025, 12, 15)),
        ("v166", date(2026, 2, 5)),
        ("V170", date(2026, 6, 29)),
        ("v168", date(2026, 3, 19)),
        ("sha256:fd7fc0a3", date(2024, 2, 8)),
    ],
)
def test_an_option_names_an_era(option: str, era: date) -> None:
    assert era_of_option(option, today=TODAY).date == era


def test_a_full_image_name_is_taken_by_its_digest() -> None:
    digest = next(known for known, era in images().items() if era.date == date(2026, 6, 29))
    era = era_of_option(f"gcr.io/kaggle-gpu-images/python@{digest}", today=TODAY)
    assert era.date == date(2026, 6, 29)


@pytest.mark.parametrize(
    ("option", "message", "hint"),
    [
        ("2015-01", "before the first era", "2017-03-10 to 2026-06-29"),
        ("2016-12", "before the first era", "2017-03-10"),
        ("2023-13", "no such date", "2017-03-10"),
        ("2023-02-30", "no such date", "2017-03-10"),
        ("2062-07", "future", "2017-03-10"),
        ("v12", "v12", "v166 to v170"),
        ("sha256:fd7f", "not an image digest", "8"),
        ("sha256:00000000", "no image", "2017-03-10"),
        ("sha256:" + "z" * 64, "not an image digest", "8"),
        ("summer", "not an era", "2023-07"),
        ("", "not an era", "2023-07"),
    ],
)
def test_what_names_no_era_is_an_error_with_a_hint(option: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        era_of_option(option, today=TODAY)
    assert message in caught.value.message
    assert caught.value.hint is not None
    assert hint in caught.value.hint


def test_a_clock_that_is_behind_does_not_hide_eras() -> None:
    assert era_of_option("2026-06", today=date(2020, 1, 1)).date == date(2026, 6, 29)
