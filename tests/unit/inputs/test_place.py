"""Which input is seen at which path: decided by the paths in the code."""

from __future__ import annotations

from pathlib import Path

from kagura.inputs.local import LOOSE
from kagura.inputs.place import Placement, place
from kagura.model.needs import InputUse
from kagura.model.sandbox import Bind, Link, Overlay


def use(path: str, name: str | None) -> InputUse:
    layout = "bare" if name is None else "nested" if "/" in name else "flat"
    return InputUse(path=path, name=name, layout=layout, cell=0)  # type: ignore[arg-type]


def placed(inputs: dict[str, Path], *uses: InputUse) -> Placement:
    return place(inputs, uses, upper=Path("/scratch/upper"), work=Path("/scratch/work"))


def test_an_input_that_no_path_mentions_is_under_its_own_name() -> None:
    found = placed({"titanic": Path("/data")})
    assert found.mounts == (Bind(source="/data", target="/kaggle/input/titanic"),)
    assert found.missing == ()


def test_a_plain_name_goes_where_the_code_looks_for_it() -> None:
    found = placed(
        {"titanic": Path("/data")}, use("competitions/titanic/train.csv", "competitions/titanic")
    )
    assert found.mounts == (Bind(source="/data", target="/kaggle/input/competitions/titanic"),)


def test_a_full_name_is_also_found_by_the_flat_path_that_the_code_uses() -> None:
    found = placed({"datasets/uciml/iris": Path("/data")}, use("iris/Iris.csv", "iris"))
    assert found.mounts == (Bind(source="/data", target="/kaggle/input/iris"),)


def test_code_that_uses_both_layouts_finds_both() -> None:
    found = placed(
        {"titanic": Path("/data")},
        use("titanic/a.csv", "titanic"),
        use("competitions/titanic/a.csv", "competitions/titanic"),
    )
    assert found.mounts == (
        Bind(source="/data", target="/kaggle/input/titanic"),
        Link(target="/kaggle/input/competitions/titanic", text="/kaggle/input/titanic"),
    )


def test_what_nobody_gave_is_missing() -> None:
    found = placed({"titanic": Path("/data")}, use("iris/Iris.csv", "iris"))
    assert found.missing == ("iris",)


def test_two_owners_of_one_slug_are_two_inputs() -> None:
    found = placed({"datasets/a/iris": Path("/data")}, use("datasets/b/iris", "datasets/b/iris"))
    assert found.missing == ("datasets/b/iris",)


def test_a_file_without_a_slug_comes_from_the_only_input(tmp_path: Path) -> None:
    (tmp_path / "train.csv").touch()
    (tmp_path / "images").mkdir()
    found = placed({"titanic": tmp_path}, use("train.csv", None))
    assert (
        Bind(source=str(tmp_path / "train.csv"), target="/kaggle/input/train.csv") in found.mounts
    )
    assert Bind(source=str(tmp_path / "images"), target="/kaggle/input/images") in found.mounts
    assert Bind(source=str(tmp_path), target="/kaggle/input/titanic") in found.mounts
    assert found.missing == ()


def test_a_file_without_a_slug_is_missing_when_there_are_two_inputs(tmp_path: Path) -> None:
    found = placed({"a": tmp_path, "b": tmp_path}, use("train.csv", None))
    assert found.missing == ("train.csv",)


def test_loose_files_of_the_input_folder_leave_its_folders_alone(tmp_path: Path) -> None:
    (tmp_path / "train.csv").touch()
    (tmp_path / "titanic").mkdir()
    found = placed({LOOSE: tmp_path, "titanic": tmp_path / "titanic"}, use("train.csv", None))
    targets = [mount.target for mount in found.mounts]
    assert targets == ["/kaggle/input/train.csv", "/kaggle/input/titanic"]


def test_a_thousand_loose_files_are_one_overlay(tmp_path: Path) -> None:
    for number in range(1000):
        (tmp_path / f"{number}.png").touch()
    found = placed({"images": tmp_path}, use("1.png", None))
    assert isinstance(found.mounts[0], Overlay)
    assert found.mounts[0].target == "/kaggle/input"
