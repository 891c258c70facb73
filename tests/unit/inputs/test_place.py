"""Which input is seen at which path: decided by the paths in the code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kagura.inputs.layout import Layout
from kagura.inputs.local import LOOSE
from kagura.inputs.place import Attached, Placement, place
from kagura.model.handle import input_handle
from kagura.model.needs import InputUse
from kagura.model.notebook import Cell, Notebook
from kagura.model.sandbox import Bind, Link, Overlay
from kagura.notebook.inspect import inspect


def use(path: str, name: str | None) -> InputUse:
    layout = "bare" if name is None else "nested" if "/" in name else "flat"
    return InputUse(path=path, name=name, layout=layout, cell=0)  # type: ignore[arg-type]


def placed(
    inputs: dict[str, Path],
    *uses: InputUse,
    attached: tuple[Attached, ...] = (),
    layout: Layout = "flat",
    code: str = "",
) -> Placement:
    cell = Cell(index=0, kind="code", source=code, metadata={})
    found = inspect(
        Notebook(
            path=Path("nb.ipynb"),
            slug="nb",
            kind="notebook",
            cells=(cell,),
            metadata={},
            document={},
        ),
        {},
    )
    needs = replace(found, inputs=(*found.inputs, *uses))
    scratch = Path("/scratch")
    return place(
        inputs,
        needs,
        attached=attached,
        layout=layout,
        upper=scratch / "upper",
        work=scratch / "work",
    )


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


def attached(*handles: str) -> tuple[Attached, ...]:
    return tuple(
        Attached(handle=input_handle(text), folder=Path(f"/store/{number}"))
        for number, text in enumerate(handles)
    )


def test_what_is_from_kaggle_has_its_path_in_the_layout() -> None:
    both = attached("competitions/titanic", "uciml/iris/2")
    assert set(placed({}, attached=both).shown) == {"titanic", "iris"}
    nested = placed({}, attached=both, layout="nested")
    assert set(nested.shown) == {"competitions/titanic", "datasets/uciml/iris"}
    assert nested.importable == ("/kaggle/input/competitions/titanic",)


def test_the_other_layouts_name_is_a_link_where_the_code_has_it() -> None:
    found = placed(
        {},
        attached=attached("uciml/iris/2", "a/b/1"),
        layout="nested",
        code="open('/kaggle/input/iris/Iris.csv')",
    )
    assert [mount for mount in found.mounts if isinstance(mount, Link)] == [
        Link(target="/kaggle/input/iris", text="/kaggle/input/datasets/uciml/iris")
    ]
    assert found.missing == ()


def test_two_data_sets_of_one_slug_are_both_there() -> None:
    found = placed({}, attached=attached("uciml/iris/2", "arshid/iris/1"))
    assert found.shown == {"iris": Path("/store/0"), "d/arshid/iris": Path("/store/1")}


def test_a_utility_script_is_importable_and_no_input() -> None:
    both = attached("notebooks/metric/my-metric/versions/3", "competitions/titanic")
    found = placed({}, attached=both, code="import my_metric")
    assert Bind(source="/store/0", target="/kaggle/usr/lib/my_metric") in found.mounts
    assert found.importable == (
        "/kaggle/input/titanic",
        "/kaggle/usr/lib",
        "/kaggle/usr/lib/my_metric",
    )
    assert set(found.shown) == {"titanic"}
    nested = placed({}, attached=both, layout="nested", code="!ls ../usr/lib/my_metric")
    target = "/kaggle/usr/lib/notebooks/metric/my_metric"
    assert Bind(source="/store/0", target=target) in nested.mounts


def test_files_of_a_single_data_set_lie_right_below_in_the_oldest_layout(tmp_path: Path) -> None:
    (tmp_path / "Iris.csv").touch()
    one = (Attached(handle=input_handle("uciml/iris/1"), folder=tmp_path),)
    found = placed({}, attached=one, code="open('../input/Iris.csv')")
    assert Bind(source=str(tmp_path / "Iris.csv"), target="/kaggle/input/Iris.csv") in found.mounts
    assert found.missing == ()
