from __future__ import annotations

from datetime import date

from packaging.specifiers import SpecifierSet

from kagura.env.catalog import eras
from kagura.env.observed import seen
from kagura.env.pins import exclude_newer, is_exact, pins
from kagura.model.era import Era, Pin


def of(day: str) -> Era:
    return next(era for era in eras() if era.date == date.fromisoformat(day))


def pin(day: str, name: str) -> Pin | None:
    return next((pin for pin in pins(of(day)) if pin.name == name), None)


def test_what_was_seen_in_the_era_is_pinned() -> None:
    assert pin("2025-07-01", "matplotlib") == Pin(
        name="matplotlib", specifier="==3.7.2", strength="observed"
    )


def test_what_was_seen_before_and_after_is_pinned() -> None:
    assert pin("2025-09-26", "numpy") == Pin(
        name="numpy", specifier="==1.26.4", strength="observed"
    )


def test_kaggles_own_pin_beats_the_colab_freeze() -> None:
    assert pin("2025-04-08", "scikit-learn") == Pin(
        name="scikit-learn", specifier="==1.2.2", strength="era"
    )
    assert pin("2025-12-15", "numpy") == Pin(name="numpy", specifier="==2.0.2", strength="era")


def test_kaggles_own_limit_beats_a_freeze_that_breaks_it() -> None:
    assert pin("2025-01-06", "shapely").specifier == "<2"  # type: ignore[union-attr]


def test_the_colab_freeze_is_pinned_where_nothing_speaks_against_it() -> None:
    assert pin("2026-05-22", "ipython") == Pin(
        name="ipython", specifier="==7.34.0", strength="colab"
    )


def test_the_colab_freeze_is_not_taken_for_packages_that_did_not_follow_it() -> None:
    found = pin("2025-09-26", "typing-extensions")
    assert found is not None
    assert found.strength == "observed"


def test_a_version_held_for_long_is_carried_on() -> None:
    hidden = {day: versions for day, versions in seen().items() if day != date(2025, 11, 3)}
    found = {pin.name: pin.specifier for pin in pins(of("2025-11-03"), sightings=hidden)}
    assert found["numpy"] == "==1.26.4"
    assert found["pandas"] == "==2.2.3"


def test_images_on_one_conda_base_share_their_versions() -> None:
    assert pin("2024-04-22", "scikit-learn").specifier == "==1.2.2"  # type: ignore[union-attr]


def test_between_two_versions_the_date_decides_within_them() -> None:
    found = pin("2022-02-08", "numpy")
    assert found is not None
    assert found.specifier == ">=1.19.5,<=1.20.3"
    assert not is_exact(found)


def test_an_old_era_has_its_dockerfiles_pins() -> None:
    assert pin("2018-09-22", "pandas") == Pin(name="pandas", specifier="==0.23.2", strength="era")


def test_sightings_of_another_python_are_not_borrowed() -> None:
    assert pin("2020-03-30", "scipy") is None


def test_pins_are_valid_and_unique() -> None:
    for era in eras():
        found = pins(era)
        names = [pin.name for pin in found]
        assert len(names) == len(set(names))
        for one in found:
            assert str(SpecifierSet(one.specifier))
            assert "+" not in one.specifier


def test_the_strongest_pins_come_first() -> None:
    found = pins(of("2025-07-01"))
    assert found[0].strength == "observed"
    assert found[-1].specifier[0] in "<>!"


def test_only_a_single_version_is_exact() -> None:
    exact = {"==1.2.2": True, "==2.*": False, "<3.8": False, ">=1,<=2": False}
    for specifier, expected in exact.items():
        assert is_exact(Pin(name="x", specifier=specifier, strength="era")) is expected


def test_an_era_uses_uploads_up_to_its_date() -> None:
    assert exclude_newer(of("2023-07-05")) == date(2023, 7, 5)


def test_pins_predict_what_was_seen_without_having_seen_it() -> None:
    # Each era's sightings, predicted from the other eras' only; exact pins alone can be judged
    # without a package index.
    right = wrong = 0
    for era in eras():
        own = seen().get(era.date, {})
        others = {day: versions for day, versions in seen().items() if day != era.date}
        for found in pins(era, sightings=others) if len(own) >= 8 else ():
            if found.name in own and is_exact(found):
                hit = own[found.name] in SpecifierSet(found.specifier)
                right, wrong = right + hit, wrong + (not hit)
    assert right + wrong > 600
    assert right / (right + wrong) > 0.88
