"""Whatever is in the file, reading it says what is wrong, and inspecting it never fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kagura.errors import KaguraError
from kagura.notebook.inspect import inspect
from kagura.notebook.read import read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
PIECES = st.sampled_from(
    [
        "import a", "from b.c import d", "!pip install ", "%pip ", "%%bash", "%%writefile x.py",
        "%%time", "../input/", "/kaggle/input/", "a/b.csv", "'", '"', '"""', "\n", "    ", "\t",
        "\\\n", "(", ")", "{", "}", "[", "]", "=", "!", "%", "?", "??", "#", "if x:", "try:",
        "except ImportError:", "def f():", "class C:", "await x", "print 1", "f'{x}'", "+", "/",
        "os.path.join(", "open(", ",", "'w'", "$x", "&&", ";", "|", ">", "2>&1", "--find-links",
        "Path(", ".style", "lambda: ", "\0", "\ud800", "\r\n", "é", "subprocess.run([", "x = ",
        "*", "match x:", "case 1:", ":", "`",
    ]
)  # fmt: skip
CODE = st.lists(PIECES | st.text(max_size=5), max_size=25).map("".join)
CELL = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "code", "markdown", "raw", "heading"]) | JSON,
        "source": CODE | st.lists(CODE, max_size=3) | JSON,
        "input": CODE | JSON,
        "level": JSON,
        "outputs": JSON,
        "metadata": st.fixed_dictionaries(
            {},
            optional={"tags": JSON, "execution": JSON, "name": JSON, "jupyter": JSON},
        )
        | JSON,
        "attachments": JSON,
        "id": JSON,
    },
)
CELLS = st.lists(CELL | JSON, max_size=4)
DOCUMENT = st.fixed_dictionaries(
    {},
    optional={
        "cells": CELLS,
        "worksheets": st.lists(st.fixed_dictionaries({"cells": CELLS}) | JSON, max_size=2) | JSON,
        "nbformat": st.sampled_from([1, 2, 3, 4, 5]) | JSON,
        "nbformat_minor": JSON,
        "metadata": st.dictionaries(
            st.sampled_from(
                ["kaggle", "papermill", "language_info", "kernelspec", "authors", "title"]
            ),
            st.dictionaries(
                st.sampled_from(
                    ["name", "version", "dockerImageVersionId", "end_time", "language"]
                ),
                JSON,
            )
            | JSON,
        )
        | JSON,
    },
)
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def check(path: Path) -> None:
    try:
        notebook = read(path)
    except KaguraError:
        return
    text = json.dumps(dict(notebook.document), allow_nan=False)
    nbformat.validate(json.loads(text))
    assert len(notebook.cells) == len(notebook.document["cells"])
    "".join(cell.source for cell in notebook.cells).encode()  # no half characters
    inspect(notebook, {})


@QUICK
@given(DOCUMENT | JSON)
def test_any_json(tmp_path: Path, document: Any) -> None:
    path = tmp_path / "nb.ipynb"
    path.write_text(json.dumps(document))
    check(path)


@QUICK
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode(errors="ignore")))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    for name in ("nb.ipynb", "script.py"):
        (tmp_path / name).write_bytes(data)
        check(tmp_path / name)


@settings(QUICK, max_examples=150)
@given(st.lists(CODE, max_size=3), JSON)
def test_any_code(tmp_path: Path, sources: list[str], beside: Any) -> None:
    cells = [{"cell_type": "code", "source": source} for source in sources]
    path = tmp_path / "nb.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}))
    notebook = read(path)
    inspect(notebook, beside if isinstance(beside, dict) else {"docker_image": beside})


@pytest.mark.parametrize(
    "source",
    [
        "x = " + "(" * 5000,
        "x = " + "-" * 5000 + "1",
        "x = " + "+".join(["'a'"] * 5000),
        "x = a" + ".resolve()" * 2000,
        "x = '../input/a'" + ".format()" * 900,
        "x = '../input/a'" + " % y + 'b'" * 900,
        "if a: pass\n" + "elif b: pass\n" * 900,
        "!" + "'" * 20_000,
        "!pip install " + '"\\' * 20_000,
        "x = !" + "\\\n" * 5000,
        " " * 100_000 + "=!",
        "a" * 200_000 + "?",
        "'" * 50_001,
        "import " + "a, " * 20_000,
        "print 1\nimport " + "a, " * 20_000,
        "print 1\n" + "../" * 50_000 + "input",
        "%%time\n" * 20_000,
        "\\\n" * 20_000 + "!ls",
        "x = " + "(a + " * 60 + "'b'" + ")" * 60,
        "x = " + "('a' / (b + " * 40 + "'c'" + "))" * 40,
        "a0 = 'xx'\n" + "\n".join(f"a{i + 1} = a{i} + a{i}" for i in range(60)),
        "x = '" + "../input/a " * 50_000 + "'",
        "!ls\nx = [" + "\\'" * 50_000,
    ],
)
def test_code_that_no_hand_wrote(tmp_path: Path, source: str) -> None:
    path = tmp_path / "nb.ipynb"
    cells = [{"cell_type": "code", "source": source}]
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}))
    inspect(read(path), {})
