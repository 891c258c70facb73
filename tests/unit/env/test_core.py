from __future__ import annotations

from datetime import date

from kagura.env.catalog import eras, imports
from kagura.env.core import core, excludes, only_binary, stand_ins
from kagura.env.names import normalized
from kagura.env.pins import pins
from kagura.model.era import Era


def of(day: str) -> Era:
    return next(era for era in eras() if era.date == date.fromisoformat(day))


def test_a_base_has_the_kernel_and_about_forty_packages() -> None:
    for era in eras():
        assert {"ipykernel", "ipython", "pip", "setuptools", "wheel"} <= set(core(era))
        assert 35 <= len(core(era)) <= 42


def test_names_are_normalized_and_occur_once() -> None:
    for name in (*core(eras()[-1]), *only_binary(eras()[-1])):
        assert name == normalized(name)
    assert len(set(core(eras()[-1]))) == len(core(eras()[-1]))


def test_the_most_imported_packages_are_in() -> None:
    assert {"pandas", "numpy", "matplotlib", "scikit-learn", "seaborn"} <= set(
        core(of("2018-09-22"))
    )
    assert imports()["xgboost"] > 400


def test_the_gigabyte_frameworks_are_not_in() -> None:
    for era in eras():
        assert not {"torch", "tensorflow", "jax", "transformers", "catboost"} & set(core(era))


def test_later_packages_come_with_their_time() -> None:
    assert "polars" not in core(of("2022-07-07"))
    assert "polars" in core(of("2024-01-18"))
    assert "optuna" not in core(of("2018-09-22"))


def test_compiled_packages_without_a_wheel_yet_have_a_stand_in() -> None:
    assert {pin.name for pin in stand_ins(of("2017-03-10"))} >= {"xgboost", "lightgbm"}
    assert [pin.name for pin in stand_ins(of("2019-03-30"))] == ["pip"]
    assert stand_ins(of("2021-10-26")) == ()
    found = {pin.name: pin.specifier for pin in pins(of("2018-03-30"))}
    assert found["xgboost"] == "==0.72.1"


def test_old_eras_have_an_installer_that_finds_releases_for_their_python() -> None:
    found = {pin.name: pin.specifier for pin in pins(of("2019-03-30"))}
    assert found["pip"] == "==21.3.1"


def test_compiled_core_packages_are_never_built() -> None:
    assert {"numpy", "pandas", "scipy", "scikit-learn", "xgboost"} <= set(only_binary(eras()[-1]))


def test_opencv_with_windows_is_left_out_unless_asked_for() -> None:
    era = eras()[-1]
    assert "opencv-python" in excludes(era)
    assert "opencv-python" not in excludes(era, asked=["opencv-python"])


def test_opencv_without_windows_has_the_version_of_kaggles_build() -> None:
    found = {pin.name: pin.specifier for pin in pins(of("2022-09-13"))}
    assert found["opencv-python-headless"] == "==4.5.4.60"
