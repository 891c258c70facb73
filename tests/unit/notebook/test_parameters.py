"""Parameters: parsed from NAME=VALUE, and set by a cell of their own."""

from __future__ import annotations

import ast
import datetime
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kagura.errors import UsageError
from kagura.model.notebook import Notebook
from kagura.notebook.parameters import inject, parse
from kagura.notebook.read import read


def notebook(tmp_path: Path, *tags: list[str]) -> Notebook:
    cells = [
        {"cell_type": "code", "metadata": {"tags": own}, "source": f"cell {index}"}
        for index, own in enumerate(tags)
    ]
    path = tmp_path / "nb.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}))
    return read(path)


def sources(found: Notebook) -> list[str]:
    assert [cell.index for cell in found.cells] == list(range(len(found.cells)))
    assert [cell["source"] for cell in found.document["cells"]] == [
        cell.source for cell in found.cells
    ]
    nbformat.validate(found.document)
    return [cell.source for cell in found.cells]


SET = "# Parameters\na = 1\n"


def test_without_a_tagged_cell_they_are_set_at_the_top(tmp_path: Path) -> None:
    assert sources(inject(notebook(tmp_path, [], []), {"a": 1})) == [SET, "cell 0", "cell 1"]


def test_they_are_set_after_their_defaults(tmp_path: Path) -> None:
    found = inject(notebook(tmp_path, [], ["x", "parameters"], []), {"a": 1})
    assert sources(found) == ["cell 0", "cell 1", SET, "cell 2"]
    assert found.cells[2].tags == ("injected-parameters",)
    assert found.document["cells"][2]["metadata"] == {"tags": ["injected-parameters"]}


def test_what_an_earlier_run_has_set_is_replaced(tmp_path: Path) -> None:
    given_notebook = notebook(tmp_path, ["parameters"], ["injected-parameters"], [])
    assert sources(inject(given_notebook, {"a": 1})) == ["cell 0", SET, "cell 2"]
    again = inject(inject(given_notebook, {"b": 2}), {"a": 1})
    assert sources(again) == ["cell 0", SET, "cell 2"]


def test_the_notebook_that_is_given_stays_as_it_is(tmp_path: Path) -> None:
    before = notebook(tmp_path, [])
    inject(before, {"a": 1})
    assert sources(before) == ["cell 0"]


def test_a_script_has_no_parameters(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x")
    with pytest.raises(UsageError, match="need a notebook"):
        inject(read(path), {"a": 1})


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("a=1", "a", 1),
        ("a=-1", "a", -1),
        ("a=1.5", "a", 1.5),
        ("a=1e-3", "a", 0.001),
        ("a=true", "a", True),
        ("a=False", "a", False),
        ("a=None", "a", None),
        ("a=text", "a", "text"),
        ("a=b=c", "a", "b=c"),
        ("a=", "a", ""),
        ("a=[1]", "a", "[1]"),
        ("a='1'", "a", "'1'"),
    ],
)
def test_a_value_is_a_number_a_word_or_a_text(text: str, name: str, value: Any) -> None:
    found = parse(text)
    assert found == (name, value)
    assert type(found[1]) is type(value)


@pytest.mark.parametrize("text", ["", "a", "=1", "1a=1", "a b=1", "class=1", "a.b=1", "a-b=1"])
def test_what_is_malformed_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="-P") as caught:
        parse(text)
    assert caught.value.hint


@pytest.mark.parametrize("parameters", [{"a b": 1}, {"a": datetime.date(2020, 1, 1)}, {"a": {1}}])
def test_what_python_cannot_have_is_told(tmp_path: Path, parameters: Any) -> None:
    with pytest.raises(UsageError, match="parameter"):
        inject(notebook(tmp_path), parameters)


def test_numbers_that_have_no_literal_are_made(tmp_path: Path) -> None:
    (found,) = sources(inject(notebook(tmp_path), {"a": float("inf"), "b": [float("nan")]}))
    assert found == '# Parameters\na = float("inf")\nb = [float("nan")]\n'


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(VALUES)
def test_whatever_the_value_python_reads_it_back(value: Any) -> None:
    empty = Notebook(
        path=Path("x"), slug="x", kind="notebook", cells=(), metadata={}, document={"cells": []}
    )
    source = inject(empty, {"a": value}).cells[0].source
    assert source.startswith("# Parameters\na = ")
    assert ast.literal_eval(source.partition("a = ")[2]) == value


@given(st.text())
def test_any_text_is_parsed_or_told(text: str) -> None:
    try:
        name, _ = parse(text)
    except UsageError:
        return
    assert name.isidentifier()
