"""Which paths below /kaggle/input the code mentions."""

from __future__ import annotations

import pytest

from kagura.notebook.inputs import bare_folders, input_paths, input_use
from kagura.notebook.literals import Names, assigned
from kagura.notebook.source import split


def paths(*cells: str) -> list[str]:
    names: Names = {}
    found: list[str] = []
    for cell in cells:
        source = split(cell)
        if source.tree is not None:
            names = assigned(source.tree, names)
        found += input_paths(source, names)
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(
    "code",
    [
        "read('/kaggle/input/a/b.csv')",
        "read('../input/a/b.csv')",
        "read('../input//a/b.csv')",
        "read('./../input/a/b.csv')",
        "read('../../kaggle/input/a/b.csv')",
        "read('/kaggle/working/../input/a/b.csv')",
        "read('kaggle/input/a/b.csv')",
        "read('file:///kaggle/input/a/b.csv')",
        "read(os.path.join('/kaggle/input', 'a', 'b.csv'))",
        "read(join('../input/a', 'b.csv'))",
        "read(Path('/kaggle/input') / 'a' / 'b.csv')",
        "read(Path('../input', 'a', 'b.csv'))",
        "read(pathlib.Path('../input').joinpath('a', 'b.csv'))",
        "read(Path('../input/a').resolve() / 'b.csv')",
        "ROOT = '../input/'\nread(ROOT + 'a/' + 'b.csv')",
        "ROOT = '../input'\nread(f'{ROOT}/a/b.csv')",
        "ROOT: str = '../input'\nread(f'{ROOT}/a/b.csv')",
        "ROOT = Path('../input')\nread(ROOT / 'a' / 'b.csv')",
        "class CFG:\n    root = '../input/a/'\nread(CFG.root + 'b.csv')",
        "cfg.root = '../input/a/'\nread(cfg.root + 'b.csv')",
        "!unzip ../input/a/b.csv",
        "!unzip -q '../input/a/b.csv' -d .",
        "!cp --from=/kaggle/input/a/b.csv .",
        "%run ../input/a/b.csv",
        "%%bash\nls /kaggle/input/a/b.csv",
        "os.system('head ../input/a/b.csv | wc')",
        "print 'two'\nread('../input/a/b.csv')",
        "%%writefile x.py\nread('../input/a/b.csv')",
        "s = 'see ../input/a/b.csv.'",
    ],
)
def test_every_way_to_write_a_path_is_found(code: str) -> None:
    assert [path.replace("//", "/") for path in paths(code)][-1] == "a/b.csv"


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("f'/kaggle/input/a/train_{i}.csv'", "a"),
        ("'../input/a/%s.csv' % x", "a"),
        ("'../input/a/{}/b'.format(x)", "a"),
        ("'../input/a/*.png'", "a"),
        ("'../input/a/' + name", "a"),
        ("os.path.join('../input/a', name, 'c')", "a"),
        ("!ls ../input/a/$x/b", "a"),
    ],
)
def test_a_path_is_known_up_to_what_is_not(code: str, path: str) -> None:
    assert paths(code) == [path]


@pytest.mark.parametrize(
    "code",
    [
        "os.walk('/kaggle/input')",
        "os.listdir('../input/')",
        "'../input_data/x.csv'",
        "'../inputs/x.csv'",
        "'https://example.org/kaggle/input/x'",
        "'/home/me/kaggle/input/x'",
        "f'../input/{x}/y.csv'",
        "f'../input/train_{i}.csv'",
        "'../input/*/x.csv'",
        "# '../input/a/b.csv'",
        "'../input/' + x",
        "1 + 2 / 3",
        "', '.join(['../input'])",
        "print 'two'\n# ../input/a",
    ],
)
def test_what_names_no_input_is_none(code: str) -> None:
    assert paths(code) == []


def test_a_path_in_a_string_of_its_own_may_have_spaces() -> None:
    assert paths("read('../input/a/My File (1).csv')") == ["a/My File (1).csv"]
    assert paths("read('../input/Iris Data.csv')") == ["Iris Data.csv"]


def test_prose_after_a_path_is_no_part_of_it() -> None:
    assert paths("'../input/a is a folder, and ../input/b/c.csv a file'") == ["a", "b/c.csv"]
    assert paths("'../input/a/b.csv, ../input/c/d.csv'") == ["a/b.csv", "c/d.csv"]
    assert paths("'../input/a/b.csv\\n../input/c'") == ["a/b.csv", "c"]


def test_a_path_that_goes_up_is_followed_but_not_out_of_the_inputs() -> None:
    use = input_use("titanic/../iris/Iris.csv", cell=0)
    assert use is not None
    assert (use.path, use.name) == ("iris/Iris.csv", "iris")
    assert input_use("../working/x.csv", cell=0) is None


def test_a_folder_of_data_beside_bare_files_is_no_input() -> None:
    found = [input_use(path, cell=0) for path in ("train.csv", "train/1.png", "titanic/x.csv")]
    uses = [use for use in found if use is not None]
    assert [use.name for use in bare_folders(uses)] == [None, None, "titanic"]
    assert [use.name for use in bare_folders(uses[1:])] == ["train", "titanic"]


def test_a_variable_is_known_in_later_cells() -> None:
    assert paths("D = '../input/'", "read(D + 'a.csv')") == ["a.csv"]


def test_a_variable_with_two_values_is_not_known() -> None:
    assert paths("D = '../input/'\nD = 'x'\nread(D + 'a.csv')") == []
    assert paths("D = '../input/'\nfor D in x: read(D + 'a.csv')") == []
    assert paths("D = '../input/'\ndef f(D): read(D + 'a.csv')") == []
    assert paths("D = '../input/'\nD += 'x'\nread(D + 'a.csv')") == []


def test_a_variable_may_get_another_value_in_another_cell() -> None:
    assert paths("D = '../input/a/'\nD + 'x'", "D = '../input/b/'\nD + 'x'") == [
        "a", "a/x", "b", "b/x",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "name", "layout"),
    [
        ("titanic/train.csv", "titanic", "flat"),
        ("titanic", "titanic", "flat"),
        ("LANL-Earthquake/a", "LANL-Earthquake", "flat"),
        ("train.csv", None, "bare"),
        ("train.csv.zip", None, "bare"),
        ("train.csv/train.csv", "train.csv", "flat"),
        ("competitions/titanic/train.csv", "competitions/titanic", "nested"),
        ("datasets/uciml/iris/Iris.csv", "datasets/uciml/iris", "nested"),
        ("datasets/organizations/o/s/f", "datasets/organizations/o/s", "nested"),
        ("models/o/m/pytorch/v/1/f", "models/o/m/pytorch/v/1", "nested"),
        ("notebooks/o/s/f", "notebooks/o/s", "nested"),
        ("d/o/s/f", "d/o/s", "nested"),
        ("m/o/m/keras/v/2/f", "m/o/m/keras/v/2", "nested"),
        ("gemma/transformers/2b-it/2/x.json", "gemma/transformers/2b-it/2", "flat"),
        ("gemma/Transformers/2b/1", "gemma/Transformers/2b/1", "flat"),
        ("gemma/transformers/2b-it", "gemma", "flat"),
        ("images/a/b/1/x", "images", "flat"),
    ],
)
def test_a_path_tells_the_input_and_its_layout(path: str, name: str | None, layout: str) -> None:
    use = input_use(path, cell=2)
    assert use is not None
    assert (use.path, use.name, use.layout, use.cell) == (path, name, layout, 2)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        ".",
        "../a",
        "a/../../b",
        "competitions",
        "datasets/o",
        "datasets/organizations/o",
        "m/o/m",
    ],
)
def test_a_path_that_ends_before_the_name_does_tells_nothing(path: str) -> None:
    assert input_use(path, cell=0) is None


def test_a_very_long_sum_is_no_trouble() -> None:
    assert paths("x = " + " + ".join(["'../input/a/b'"] + ["'c'"] * 2000))[0].startswith("a/bcc")
