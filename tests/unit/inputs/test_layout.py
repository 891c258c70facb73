"""The two mount layouts: which one, and what each input is called in it."""

from __future__ import annotations

from datetime import date

import pytest

from kagura.inputs.layout import choose_layout, flat_names, names_of, nested_name
from kagura.model.handle import Handle, input_handle
from kagura.model.needs import InputUse
from kagura.notebook.inputs import input_use

TITANIC = input_handle("competitions/titanic")
IRIS = input_handle("uciml/iris/2")
GEMMA = input_handle("google/gemma/pyTorch/2b/3")
OUTPUT = input_handle("notebooks/alexis/features/versions/4")


def uses(*paths: str) -> list[InputUse]:
    found = [input_use(path, cell=0) for path in paths]
    return [use for use in found if use]


@pytest.mark.parametrize(
    ("handle", "nested", "flat"),
    [
        (TITANIC, "competitions/titanic", "titanic"),
        (IRIS, "datasets/uciml/iris", "iris"),
        (GEMMA, "models/google/gemma/pytorch/2b/3", "gemma/pytorch/2b/3"),
        (OUTPUT, "notebooks/alexis/features", "features"),
    ],
)
def test_an_input_has_a_name_in_each_layout(handle: Handle, nested: str, flat: str) -> None:
    assert nested_name(handle) == nested
    assert flat_names([handle]) == {handle: flat}
    assert {nested, flat} <= set(names_of(handle))


def test_a_data_set_has_its_organizations_name_too() -> None:
    assert names_of(IRIS) == (
        "datasets/uciml/iris",
        "iris",
        "d/uciml/iris",
        "datasets/organizations/uciml/iris",
    )
    assert not any("organizations" in name for one in (TITANIC, GEMMA) for name in names_of(one))


def test_a_clash_of_slugs_is_solved_by_the_owner() -> None:
    other, third = input_handle("someone/iris"), input_handle("x/titanic")
    assert flat_names([TITANIC, IRIS, other, third]) == {
        TITANIC: "titanic",
        IRIS: "iris",
        other: "d/someone/iris",
        third: "d/x/titanic",
    }


def test_no_input_takes_the_name_of_a_layouts_folder() -> None:
    odd = input_handle("someone/models")
    assert flat_names([odd]) == {odd: "d/someone/models"}


@pytest.mark.parametrize(
    ("paths", "layout"),
    [
        (["titanic/train.csv"], "flat"),
        (["competitions/titanic/train.csv"], "nested"),
        (["competitions/titanic/train.csv", "titanic/test.csv"], "flat"),
        (["d/uciml/iris/Iris.csv"], "flat"),
        (["datasets/organizations/uciml/iris/Iris.csv"], "nested"),
        (["something/else.csv", "competitions/titanic/a.csv"], "nested"),
        (["gemma/pytorch/2b/3/config.json"], "flat"),
    ],
)
def test_the_codes_own_paths_choose_the_layout(paths: list[str], layout: str) -> None:
    chosen, reason = choose_layout(uses(*paths), [TITANIC, IRIS, GEMMA], day=date(2019, 1, 1))
    assert chosen == layout
    assert "/kaggle/input/" in reason


@pytest.mark.parametrize(
    ("day", "layout"),
    [(date(2026, 1, 31), "flat"), (date(2026, 2, 1), "nested"), (None, "nested")],
)
def test_without_paths_the_day_chooses_it(day: date | None, layout: str) -> None:
    assert choose_layout([], [TITANIC], day=day)[0] == layout
