from __future__ import annotations

from datetime import date

from kagura.env.catalog import eras
from kagura.env.observed import seen


def test_sightings_belong_to_eras_and_are_in_order() -> None:
    days = list(seen())
    assert days == sorted(days)
    assert set(days) <= {era.date for era in eras()}


def test_the_versions_that_no_date_alone_would_tell_are_there() -> None:
    assert seen()[date(2025, 11, 3)]["scikit-learn"] == "1.2.2"
    assert seen()[date(2025, 7, 1)]["numpy"] == "1.26.4"
    assert seen()[date(2023, 11, 10)]["nltk"] == "3.2.4"


def test_a_notebook_that_ran_elsewhere_does_not_count() -> None:
    # A run with a Kaggle image id on Colab itself: numpy 2.0.2, matplotlib 3.10.0.
    assert seen()[date(2025, 5, 8)]["numpy"] == "1.26.4"
    assert seen()[date(2025, 5, 8)]["matplotlib"] == "3.7.2"
    assert "ipykernel" not in seen()[date(2025, 5, 8)]


def test_tpu_images_do_not_count() -> None:
    assert date(2025, 12, 15) not in seen()


def test_a_pinned_older_image_does_not_count_where_no_id_tells_it() -> None:
    assert "matplotlib" not in seen()[date(2022, 10, 14)]
    assert seen()[date(2022, 9, 13)]["matplotlib"] == "3.5.2"


def test_more_notebooks_outvote_fewer() -> None:
    assert seen()[date(2023, 11, 10)]["numpy"] == "1.24.3"


def test_local_builds_are_told_by_their_public_version() -> None:
    versions = [version for era in seen().values() for version in era.values()]
    assert not any("+" in version for version in versions)
