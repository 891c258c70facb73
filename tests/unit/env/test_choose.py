from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kagura.env.catalog import image_versions, images
from kagura.env.choose import choose
from kagura.errors import UsageError
from kagura.model.era import EraChoice
from kagura.model.needs import Evidence

TODAY = date(2026, 11, 23)


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def chosen(
    base: str | None = None,
    *,
    digest: str | None = None,
    image_id: int | None = None,
    papermill: str | None = None,
    cells: str | None = None,
    python: str | None = None,
) -> EraChoice:
    evidence = Evidence(
        image_digest=digest,
        image_id=image_id,
        papermill_time=at(papermill) if papermill else None,
        cell_time=at(cells) if cells else None,
        python=python,
    )
    return choose(evidence, base=base, today=TODAY)


def digest_of(version: str) -> str:
    return next(known for known, era in images().items() if era == image_versions()[version])


def test_the_option_overrules_everything() -> None:
    choice = chosen("2023-07", digest=digest_of("v170"), papermill="2020-07-15", python="3.7.6")
    assert (choice.era.date, choice.source) == (date(2023, 7, 8), "option")
    assert choice.reason == "from --base 2023-07"
    assert choice.warnings == ()


def test_an_unknown_option_is_an_error() -> None:
    with pytest.raises(UsageError):
        chosen("v1")


def test_a_digest_in_the_catalog_decides() -> None:
    choice = chosen(digest=digest_of("v166"), image_id=31040, python="3.12.12")
    assert (choice.era.date, choice.source) == (date(2026, 2, 5), "image digest")
    assert choice.reason == "from the image digest in kernel-metadata.json"
    assert choice.warnings == ()
    assert choice.image_id == 31040


def test_a_digest_that_is_not_of_the_notebooks_python_is_told() -> None:
    assert "3.12" in chosen(digest=digest_of("v166"), python="3.7.12").warnings[0]


def test_an_unknown_digest_leaves_the_word_to_the_image_id() -> None:
    choice = chosen(digest="sha256:" + "0" * 64, image_id=30746)
    assert (choice.era.date, choice.source) == (date(2024, 7, 1), "image id")
    assert "not in the catalog" in choice.warnings[0]


def test_a_digest_known_only_beside_an_image_id_is_used() -> None:
    known = "sha256:9afebf76637ce6541a4a62ba59c41f7cdf5402c3e9b93b86637ef048b20283e0"
    choice = chosen(digest=known)
    assert (choice.era.date, choice.source) == (date(2025, 12, 15), "image digest")
    assert choice.reason.endswith("seen with image id 31234")


def test_an_image_id_decides_before_any_time() -> None:
    choice = chosen(image_id=30746, papermill="2024-08-30", python="3.10.13")
    assert (choice.era.date, choice.source) == (date(2024, 7, 1), "image id")
    assert choice.reason.startswith("from the notebook's image id 30746 (")
    assert choice.warnings == ()


def test_an_image_id_without_digest_tells_from_when_it_was_seen() -> None:
    choice = chosen(image_id=30587)
    assert choice.reason == "from the notebook's image id 30587 (seen from 2023-11-20)"


@pytest.mark.parametrize("python", ["3.6.4", "3.6.6"])
def test_a_placeholder_python_beside_an_image_id_is_void(python: str) -> None:
    choice = chosen(image_id=31090, python=python)
    assert choice.era.date == date(2025, 7, 1)
    assert "placeholder" in choice.warnings[0]


def test_a_pinned_image_may_be_run_years_later() -> None:
    choice = chosen(image_id=30461, papermill="2026-05-26", python="3.7.12")
    assert (choice.era.date, choice.warnings) == (date(2023, 4, 3), ())


def test_a_run_long_before_its_image_was_carried_over() -> None:
    choice = chosen(image_id=31090, papermill="2021-05-01", python="3.7.10")
    assert (choice.era.date, choice.source) == (date(2025, 7, 1), "image id")
    assert "carried over" in choice.warnings[0]


def test_a_python_that_contradicts_the_image_id_counts_more() -> None:
    choice = chosen(image_id=30786, papermill="2024-11-10", python="3.11.11")
    assert (choice.era.python, choice.source) == ("3.11", "python")
    assert "the Python counts more" in choice.warnings[0]


def test_a_python_that_kaggle_never_had_does_not_count() -> None:
    choice = chosen(image_id=30786, python="3.9.7")
    assert choice.era.date == date(2024, 10, 1)
    assert "elsewhere" in choice.warnings[0]
    assert chosen(python="2.7.15").source == "default"


def test_the_latest_image_is_the_newest_at_the_run() -> None:
    choice = chosen(image_id=28755, papermill="2026-05-30")
    assert (choice.era.date, choice.source) == (date(2026, 5, 22), "image id")


def test_the_latest_image_without_a_run_is_the_newest() -> None:
    assert chosen(image_id=28755).era.date == date(2026, 6, 29)
    assert chosen(image_id=28755, python="3.6.6").era.date == date(2026, 6, 29)
    assert chosen(image_id=28755, python="3.11.13").era.date == date(2025, 11, 3)


def test_an_image_id_too_old_to_be_placed_leaves_the_word_to_the_rest() -> None:
    choice = chosen(image_id=20477, papermill="2019-10-15", python="3.6.6")
    assert (choice.era.date, choice.source) == (date(2019, 9, 30), "papermill")
    assert "older than the catalog" in choice.warnings[0]


def test_papermills_end_time_decides() -> None:
    choice = chosen(papermill="2023-07-21", python="3.10.12")
    assert (choice.era.date, choice.source) == (date(2023, 7, 8), "papermill")
    assert choice.reason == "from papermill's end time in the notebook (2023-07-21)"


def test_papermills_time_is_better_than_the_cells_times() -> None:
    assert chosen(papermill="2022-03-01", cells="2024-03-01").era.date == date(2022, 2, 26)


def test_the_cells_times_decide_where_papermill_is_silent() -> None:
    choice = chosen(cells="2021-09-10T23:59:00")
    assert (choice.era.date, choice.source) == (date(2021, 9, 3), "cell times")
    assert choice.reason == "from the cells' execution times in the notebook (2021-09-10)"


def test_a_patch_release_puts_a_run_back_before_an_image_that_was_not_out_yet() -> None:
    choice = chosen(papermill="2024-12-20", python="3.10.14")
    assert choice.era.date == date(2024, 11, 26)
    assert choice.reason.endswith("and its Python 3.10.14")
    assert choice.warnings == ()


def test_a_patch_release_never_moves_a_run_forward() -> None:
    assert chosen(papermill="2021-11-10", python="3.7.12").era.date == date(2021, 10, 26)


def test_a_minor_python_that_contradicts_the_run_counts_more() -> None:
    choice = chosen(papermill="2023-04-25", python="3.7.12")
    assert (choice.era.date, choice.era.python) == (date(2023, 4, 3), "3.7")
    assert "the Python counts more" in choice.warnings[0]


def test_a_python_newer_than_the_run_takes_its_first_era() -> None:
    assert chosen(papermill="2025-12-10", python="3.12.12").era.date == date(2025, 12, 15)


def test_a_run_before_the_first_era_takes_the_first() -> None:
    choice = chosen(papermill="2016-08-01")
    assert choice.era.date == date(2017, 3, 10)
    assert "before the first era" in choice.warnings[0]


@pytest.mark.parametrize(
    ("python", "era"),
    [
        ("3.6.6", date(2019, 6, 19)),
        ("3.6.1", date(2017, 6, 29)),
        ("3.7.6", date(2020, 9, 1)),
        ("3.7.12", date(2022, 7, 19)),
        ("3.10.12", date(2023, 8, 29)),
        ("3.10.13", date(2024, 4, 3)),
        ("3.11", date(2025, 7, 1)),
        ("3.12.12", date(2026, 1, 13)),
    ],
)
def test_python_alone_means_the_middle_of_its_time(python: str, era: date) -> None:
    choice = chosen(python=python)
    assert (choice.era.date, choice.source) == (era, "python")
    assert choice.reason == f"from the notebook's Python {python} (the middle of its time)"


def test_python_3_5_is_stood_in_for_by_the_first_python_3_6() -> None:
    choice = chosen(python="3.5.2")
    assert choice.era.date == date(2017, 3, 10)
    assert "can't be had" in choice.warnings[0]


def test_no_evidence_means_the_newest_era() -> None:
    choice = chosen()
    assert (choice.era.date, choice.source) == (date(2026, 6, 29), "default")
    assert choice.reason == "newest (the notebook tells no date)"
