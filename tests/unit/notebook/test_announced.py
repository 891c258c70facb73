"""Which cell installed what, by what pip and uv printed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kagura.notebook.announced import announced


def _document(*texts: str) -> dict[str, object]:
    return {
        "cells": [
            {"outputs": [{"output_type": "stream", "name": "stdout", "text": text}]}
            for text in texts
        ]
    }


def test_pip_tells_what_it_installed_and_uninstalled() -> None:
    said = announced(
        _document(
            "hello",
            "Collecting rich\r  99%\rSuccessfully installed rich-13.9 rich_argparse-1.7.1\n",
            "Found existing installation: tqdm 4\n  Successfully uninstalled tqdm-4.66\n",
        )
    )
    assert said == {"rich": 1, "rich_argparse": 1, "tqdm": 2}


def test_uv_tells_it_in_lines_with_signs_and_colours() -> None:
    text = "Installed\n \x1b[32m+\x1b[39m \x1b[1mrich\x1b[0m\x1b[2m==13.9\x1b[0m\n - six==1\n"
    assert announced(_document(text)) == {"rich": 0, "six": 0}


def test_the_last_cell_that_touched_a_package_counts() -> None:
    line = "Successfully installed six-{}\n"
    assert announced(_document(line.format(1), line.format(2))) == {"six": 1}


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["cells", "outputs"]), inner)
        ),
    )
)
def test_odd_documents_say_nothing_rather_than_fail(odd: object) -> None:
    assert announced({"cells": odd}) == {}
