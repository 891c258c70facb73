from __future__ import annotations

from datetime import date

from kagura.env.catalog import (
    colab_freeze,
    eras,
    image_ids,
    image_versions,
    images,
    imports,
    observed_rows,
)


def test_eras_are_sorted_and_each_date_occurs_once() -> None:
    days = [era.date for era in eras()]
    assert days == sorted(set(days))
    assert days[0] == date(2016, 12, 22)
    assert days[-1] == date(2026, 6, 29)


def test_two_commits_of_one_day_are_one_era() -> None:
    [era] = [era for era in eras() if era.date == date(2025, 12, 15)]
    assert era.commit == "e66d473"


def test_every_image_has_an_era() -> None:
    assert len(images()) == 289
    assert set(images().values()) <= set(eras())


def test_image_versions_name_eras() -> None:
    assert image_versions()["v167"].date == image_versions()["v168"].date == date(2026, 3, 19)
    assert sorted(image_versions()) == ["v166", "v167", "v168", "v169", "v170"]


def test_image_ids_rise_and_tell_their_python() -> None:
    assert list(image_ids()) == sorted(image_ids())
    row = image_ids()[30664]
    assert row.python == "3.10.13"
    assert row.early == date(2024, 3, 4)
    assert row.digests[0].startswith("sha256:fd7fc0a3")
    assert image_ids()[8561].early is None


def test_every_colab_day_of_an_era_has_its_freeze() -> None:
    days = {era.colab for era in eras() if era.colab}
    assert len(days) == 11
    for day in days:
        assert colab_freeze(day)["numpy"]


def test_freezes_have_normalized_names() -> None:
    assert "lazr-uri" in colab_freeze(date(2024, 9, 20))


def test_imports_count_python_modules_only() -> None:
    assert imports()["pandas"] == 4569
    assert not any(":" in name for name in imports())


def test_observed_rows_are_all_read() -> None:
    found = list(observed_rows())
    assert len(found) == 1801
    assert (None, "2021-03", "3.7", "pandas", "1.2.0", 1) in found
