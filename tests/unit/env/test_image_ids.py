from __future__ import annotations

from datetime import date

import pytest

from kagura.env.catalog import image_ids, images
from kagura.env.image_ids import LATEST, SOONEST, _day, dated_image
from kagura.env.reigns import nearest, of_python


@pytest.mark.parametrize(
    ("number", "era", "python"),
    [
        (30301, date(2022, 10, 18), "3.7"),
        (30387, date(2023, 2, 9), "3.7"),
        (30461, date(2023, 4, 3), "3.7"),
        (30513, date(2023, 6, 13), "3.10"),
        (30527, date(2023, 7, 8), "3.10"),
        (30587, date(2023, 11, 10), "3.10"),
        (30664, date(2024, 2, 8), "3.10"),
        (30775, date(2024, 9, 19), "3.10"),
        (30787, date(2024, 10, 1), "3.10"),
        (30823, date(2024, 12, 17), "3.10"),
        (31041, date(2025, 5, 8), "3.11"),
        (31193, date(2025, 11, 3), "3.11"),
        (31234, date(2025, 12, 15), "3.12"),
        (31328, date(2026, 3, 19), "3.12"),
        (31400, date(2026, 5, 22), "3.12"),
    ],
)
def test_known_ids_have_their_era(number: int, era: date, python: str) -> None:
    dated = dated_image(number)
    assert dated is not None
    assert (dated.era.date, dated.era.python) == (era, python)


def test_an_id_that_nobody_saw_lies_between_its_neighbours() -> None:
    dated = dated_image(31000)
    assert dated is not None
    assert date(2025, 2, 18) <= dated.era.date <= date(2025, 4, 8)
    assert "by its neighbours" in dated.how


def test_the_gpu_build_of_a_release_has_the_era_of_its_cpu_build() -> None:
    for first, second in [(30673, 30674), (30746, 30747), (31040, 31041), (31234, 31236)]:
        assert dated_image(first).era == dated_image(second).era  # type: ignore[union-attr]


def test_a_tpu_build_ahead_in_python_gets_the_nearest_era_of_its_python() -> None:
    assert dated_image(31194).era.date == date(2025, 12, 15)  # type: ignore[union-attr]


def test_an_id_whose_runs_are_much_later_follows_its_python() -> None:
    assert dated_image(31097).era.date == date(2026, 6, 29)  # type: ignore[union-attr]


def test_an_id_newer_than_the_catalog_gets_the_newest_era() -> None:
    assert dated_image(99999).era.date == date(2026, 6, 29)  # type: ignore[union-attr]


@pytest.mark.parametrize("number", [LATEST, 8561, 29944])
def test_ids_that_tell_no_time_have_no_era(number: int) -> None:
    assert dated_image(number) is None


def test_every_id_of_the_table_gets_an_era_of_its_own_python() -> None:
    for number, row in image_ids().items():
        dated = dated_image(number)
        if dated and row.python:
            assert row.python.startswith(dated.era.python + ".")


def test_eras_never_fall_as_ids_rise_apart_from_foreign_builds() -> None:
    foreign = {30748, 31013, 31042, 31097, 31194, 31315}
    dated = [dated_image(number) for number in image_ids() if number not in foreign]
    days = [found.era.date for found in dated if found]
    assert days == sorted(days)


def test_the_days_alone_place_ids_as_their_digests_do() -> None:
    # The rule for ids without a digest, held against those that have one.
    agree = []
    for number, row in image_ids().items():
        made = {images()[digest] for digest in row.digests if digest in images()}
        if row.early and len(made) == 1:
            day, _ = _day(number)
            agree.append(nearest(day - SOONEST, of_python(row.python)) in made)
    assert len(agree) >= 20
    assert sum(agree) / len(agree) > 0.95
