"""What the report advises about a cell that failed."""

from __future__ import annotations

import pytest

from kagura.model.needs import Evidence, Needs
from kagura.workflows.hints import hint_for

NEEDS = Needs(
    imports=(),
    installs=(),
    inputs=(),
    hidden=(),
    local_modules=(),
    evidence=Evidence(),
    internet=None,
    accelerator=None,
)


def hint(name: str, message: str, *, internet: bool = True, lacking: tuple[str, ...] = ()) -> str:
    return (
        hint_for(
            name=name,
            message=message,
            traceback="",
            needs=NEEDS,
            internet=internet,
            missing=("titanic",),
            lacking=lacking,
        )
        or ""
    )


def test_a_missing_module_can_be_added() -> None:
    assert "--with" in hint("ModuleNotFoundError", "No module named 'foo'")


def test_a_missing_part_of_a_package_is_a_matter_of_its_version() -> None:
    assert "--base" in hint("ModuleNotFoundError", "No module named 'sklearn.cross_validation'")


def test_a_module_that_could_not_be_installed_is_told_as_such() -> None:
    text = hint("ModuleNotFoundError", "No module named 'cv2'", lacking=("cv2",))
    assert "could not be installed" in text


@pytest.mark.parametrize("path", ["/kaggle/input/titanic/train.csv", "../input/train.csv"])
def test_missing_data_can_be_given(path: str) -> None:
    text = hint("FileNotFoundError", f"[Errno 2] No such file or directory: '{path}'")
    assert "--input" in text
    assert path in text


def test_a_run_without_internet_says_so() -> None:
    text = hint("ConnectionError", "Temporary failure in name resolution", internet=False)
    assert "internet is off" in text


def test_other_errors_get_no_advice() -> None:
    assert hint("ZeroDivisionError", "division by zero") == ""
