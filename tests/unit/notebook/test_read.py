"""Reading notebooks and scripts: whatever Jupyter tolerates is read, all else is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from kagura.errors import UnsupportedError
from kagura.notebook.read import read, slug_of


def code(source: Any = "1", **more: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": 3,
        "metadata": {},
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}],
        "source": source,
        **more,
    }


def saved(tmp_path: Path, document: Any, name: str = "nb.ipynb") -> Path:
    path = tmp_path / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def notebook(*cells: Any, metadata: Any = None, minor: int = 5) -> dict[str, Any]:
    return {
        "cells": list(cells),
        "metadata": {} if metadata is None else metadata,
        "nbformat": 4,
        "nbformat_minor": minor,
    }


def test_cells_are_read_in_order_with_their_tags(tmp_path: Path) -> None:
    markdown = {"cell_type": "markdown", "metadata": {"tags": ["a", "b"]}, "source": "# hi"}
    found = read(saved(tmp_path, notebook(markdown, code("x = 1"))))
    assert [(cell.index, cell.kind, cell.source) for cell in found.cells] == [
        (0, "markdown", "# hi"),
        (1, "code", "x = 1"),
    ]
    assert found.cells[0].tags == ("a", "b")
    assert (found.kind, found.slug) == ("notebook", "nb")


def test_outputs_and_counts_are_left_out(tmp_path: Path) -> None:
    (cell,) = read(saved(tmp_path, notebook(code()))).document["cells"]
    assert cell["outputs"] == []
    assert cell["execution_count"] is None


def test_a_source_may_be_a_list_of_lines_with_any_line_ends(tmp_path: Path) -> None:
    found = read(saved(tmp_path, notebook(code(["a\r\n", "b\r", "c"]))))
    assert found.cells[0].source == "a\nb\nc"


@pytest.mark.parametrize(
    "kernelspec",
    [
        None,
        {"name": "conda-env-x-py", "display_name": "X", "language": "python"},
        {"name": "julia-1.6"},
        "garbage",
        {},
    ],
)
def test_whatever_the_kernelspec_it_becomes_python_3(tmp_path: Path, kernelspec: Any) -> None:
    metadata = {"kaggle": {"accelerator": "gpu"}, "kernelspec": kernelspec}
    found = read(saved(tmp_path, notebook(code(), metadata=metadata)))
    assert found.document["metadata"]["kernelspec"]["name"] == "python3"
    assert found.metadata["kaggle"] == {"accelerator": "gpu"}


def test_ids_of_cells_are_dropped_and_missing_ones_do_not_matter(tmp_path: Path) -> None:
    cells = (code(id="a"), code(id="a"), code(id=7), code())
    found = read(saved(tmp_path, notebook(*cells)))
    assert len(found.cells) == 4
    nbformat.validate(found.document)


BAD_CELLS = [
    {"cell_type": "code"},
    {"cell_type": "code", "source": None, "metadata": [], "outputs": "x"},
    {"cell_type": "heading", "source": "h", "metadata": {"tags": "no list"}},
    {"cell_type": "markdown", "source": ["a", 1], "attachments": {"x": {"image/png": 5}}},
    {"source": "no type", "metadata": {"name": 3, "jupyter": 1, "collapsed": "yes"}},
    {"cell_type": "code", "metadata": {"tags": ["a", "a", "b,c", 5, ""], "scrolled": "often"}},
    {"cell_type": "code", "metadata": {"execution": {"iopub.status.busy": 5}}, "source": "\ud800"},
    "no cell",
    None,
]


@pytest.mark.parametrize("cell", BAD_CELLS)
def test_a_faulty_cell_is_mended(tmp_path: Path, cell: Any) -> None:
    found = read(saved(tmp_path, notebook(cell, code("good"))))
    nbformat.validate(found.document)
    assert found.cells[-1].source == "good"


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        "x",
        5,
        {"language_info": 3},
        {"language_info": {"version": "3.6.4", "codemirror_mode": 3}},
        {"authors": "me", "title": 1, "orig_nbformat": 0},
    ],
)
def test_faulty_metadata_are_mended(tmp_path: Path, metadata: Any) -> None:
    nbformat.validate(read(saved(tmp_path, notebook(code(), metadata=metadata))).document)


def test_a_python_version_without_a_language_is_kept(tmp_path: Path) -> None:
    metadata = {"language_info": {"version": "3.7.12"}}
    found = read(saved(tmp_path, notebook(metadata=metadata)))
    assert found.metadata["language_info"] == {"name": "python", "version": "3.7.12"}


def test_attachments_of_a_text_cell_are_kept(tmp_path: Path) -> None:
    picture = {"a.png": {"image/png": "iVBOR"}}
    cell = {"cell_type": "markdown", "metadata": {}, "source": "x", "attachments": picture}
    assert read(saved(tmp_path, notebook(cell))).document["cells"][0]["attachments"] == picture


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "nb.ipynb"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(notebook(code())).encode())
    assert len(read(path).cells) == 1


def test_nan_and_infinity_become_null(tmp_path: Path) -> None:
    text = json.dumps(notebook(code(), metadata={"a": float("nan"), "b": [float("inf")]}))
    found = read(saved(tmp_path, text))
    assert found.metadata["a"] is None
    assert found.metadata["b"] == [None]


def test_a_notebook_without_a_format_number_is_read(tmp_path: Path) -> None:
    assert len(read(saved(tmp_path, {"cells": [code()]})).cells) == 1


def test_format_3_is_upgraded(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Title"], "metadata": {}},
        {"cell_type": "code", "input": ["import os\n", "x"], "outputs": [], "language": "python"},
        {"cell_type": "code"},
        {"cell_type": "html", "source": "<b>"},
        7,
    ]
    old = {"nbformat": 3, "metadata": {"name": "x"}, "worksheets": [{"cells": cells}, {}]}
    found = read(saved(tmp_path, old))
    assert [(cell.kind, cell.source) for cell in found.cells] == [
        ("markdown", "## Title"),
        ("code", "import os\nx"),
        ("code", ""),
        ("markdown", "<b>"),
    ]
    nbformat.validate(found.document)


def test_format_2_with_worksheets_of_garbage_has_no_cells(tmp_path: Path) -> None:
    assert read(saved(tmp_path, {"nbformat": 2, "worksheets": "x", "cells": []})).cells == ()


def test_a_script_is_one_code_cell(tmp_path: Path) -> None:
    found = read(saved(tmp_path, "x <- 1\nimport os\r\n", "My Script.py"))
    assert (found.kind, found.slug) == ("script", "my-script")
    assert [cell.source for cell in found.cells] == ["x <- 1\nimport os\n"]
    nbformat.validate(found.document)


@pytest.mark.parametrize(
    "metadata",
    [
        {"kaggle": {"language": "r"}},
        {"language_info": {"name": "R"}},
        {"kernelspec": {"name": "ir"}},
        {"kernelspec": {"name": "x", "language": "R"}},
    ],
)
def test_an_r_notebook_is_not_supported(tmp_path: Path, metadata: Any) -> None:
    with pytest.raises(UnsupportedError, match="R is not supported yet") as caught:
        read(saved(tmp_path, notebook(code(), metadata=metadata)))
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("name", ["a.r", "a.R", "a.Rmd", "a.irnb"])
def test_a_file_of_r_is_not_supported(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsupportedError):
        read(saved(tmp_path, "x <- 1", name))


@pytest.mark.parametrize("text", ["library(dplyr)\nx", "# note\nd <- read.csv('x')", "```{r}\n1\n"])
def test_a_notebook_that_is_plain_r_text_is_not_supported(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnsupportedError):
        read(saved(tmp_path, text))


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Titanic (v2).ipynb", "titanic-v2"),
        ("a_b.c.ipynb", "a-b-c"),
        ("данные.ipynb", "notebook"),
        ("--x--.py", "x"),
    ],
)
def test_a_slug_is_the_name_as_kaggle_would_spell_it(name: str, slug: str) -> None:
    assert slug_of(Path(name)) == slug
