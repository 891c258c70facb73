"""Handles in all the forms in which people write them."""

from __future__ import annotations

import pytest

from kagura.errors import UsageError
from kagura.model.handle import (
    Handle,
    input_handle,
    names_folder,
    notebook_handle,
    source_handles,
    version_is_hidden,
)

TUTORIAL = Handle(kind="notebook", owner="alexisbcook", slug="titanic-tutorial")
SITE = "https://www.kaggle.com"


@pytest.mark.parametrize(
    "text",
    [
        f"{SITE}/code/alexisbcook/titanic-tutorial",
        f"{SITE}/code/alexisbcook/titanic-tutorial/",
        "http://kaggle.com/code/alexisbcook/titanic-tutorial/notebook",
        "www.kaggle.com/code/alexisbcook/titanic-tutorial/output",
        f"{SITE}/alexisbcook/titanic-tutorial",
        f"{SITE}/kernels/alexisbcook/titanic-tutorial",
        f"{SITE}/code/alexisbcook/titanic-tutorial?scriptVersionId=27280410",
        f"{SITE}/code/alexisbcook/titanic-tutorial/log?kernelSessionId=5#cell-3",
        f"{SITE}/code/alexisbcook/titanic-tutorial/edit/run/27280410",
        f"{SITE}/code/alexisbcook/titanic-tutorial/script",
        f"{SITE}/competitions/titanic/code/alexisbcook/titanic-tutorial",
        "alexisbcook/titanic-tutorial",
        " code/alexisbcook/titanic-tutorial\n",
    ],
)
def test_a_notebook_has_many_addresses(text: str) -> None:
    assert notebook_handle(text) == TUTORIAL


@pytest.mark.parametrize(
    "text",
    [
        "alexisbcook/titanic-tutorial/12",
        "alexisbcook/titanic-tutorial/v12",
        "alexisbcook/titanic-tutorial/versions/12",
        f"{SITE}/code/alexisbcook/titanic-tutorial/versions/12",
        f"{SITE}/code/alexisbcook/titanic-tutorial/version/12/output",
    ],
)
def test_a_notebooks_version_is_read(text: str) -> None:
    assert notebook_handle(text) == TUTORIAL.at(12)


def test_an_address_may_hide_its_version() -> None:
    address = f"{SITE}/code/alexisbcook/titanic-tutorial"
    assert version_is_hidden(f"{address}?scriptVersionId=27280410")
    assert version_is_hidden(f"{address}/edit/run/27280410")
    assert not version_is_hidden(f"{address}/versions/3")
    assert notebook_handle("edit/run/12") == Handle(
        kind="notebook", owner="edit", slug="run", version=12
    )


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("heptapod/titanic", "datasets/heptapod/titanic"),
        ("uciml/iris/2", "datasets/uciml/iris/versions/2"),
        ("uciml/iris/versions/2", "datasets/uciml/iris/versions/2"),
        ("d/uciml/iris", "datasets/uciml/iris"),
        (f"{SITE}/datasets/uciml/iris/data", "datasets/uciml/iris"),
        ("datasets/organizations/uciml/iris", "datasets/uciml/iris"),
        ("c/titanic", "competitions/titanic"),
        (f"{SITE}/c/titanic/data", "competitions/titanic"),
        ("competitions/titanic/overview", "competitions/titanic"),
        ("google/gemma/pyTorch/2b/3", "models/google/gemma/pyTorch/2b/versions/3"),
        (
            f"{SITE}/models/google/gemma/frameworks/pyTorch/variations/2b/versions/3",
            "models/google/gemma/pyTorch/2b/versions/3",
        ),
        ("models/google/gemma/pyTorch/2b", "models/google/gemma/pyTorch/2b"),
        ("notebooks/a/b/versions/4", "notebooks/a/b/versions/4"),
    ],
)
def test_an_input_is_read_and_read_back(text: str, canonical: str) -> None:
    handle = input_handle(text)
    assert str(handle) == canonical
    assert input_handle(canonical) == handle
    assert input_handle(f"{SITE}{handle.page}") == handle.at(None)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (f"{SITE}/datasets/uciml/iris?select=Iris.csv", "datasets/uciml/iris#Iris.csv"),
        (f"{SITE}/competitions/titanic/data?select=train.csv", "competitions/titanic#train.csv"),
        ("uciml/iris?select=deep%2Fa%5B1%5D.csv", "datasets/uciml/iris#deep/a[[]1].csv"),
    ],
)
def test_an_address_that_selects_a_file_is_of_that_file(text: str, canonical: str) -> None:
    assert not names_folder(text)
    assert str(input_handle(text)) == canonical
    assert input_handle(canonical) == input_handle(text)


@pytest.mark.parametrize("text", ["iris=./data", "iris=./a?b=c", "d/iris=/data#1", "iris="])
def test_what_names_a_folder_has_its_name_first(text: str) -> None:
    assert names_folder(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "titanic",
        "a/b/c",
        "a/b/0",
        "../../etc",
        "a/b/versions/x",
        "models/a/b",
        "c/x/3",
        "https://example.org/code/a/b",
        "datasets/a/..",
        "a b/c",
    ],
)
def test_what_is_no_input_is_told(text: str) -> None:
    with pytest.raises(UsageError) as told:
        input_handle(text)
    assert told.value.hint


@pytest.mark.parametrize("text", ["titanic", f"{SITE}/datasets/uciml/iris", "a/b/x"])
def test_what_is_no_notebook_is_told(text: str) -> None:
    with pytest.raises(UsageError):
        notebook_handle(text)


def test_the_sources_of_a_notebook_are_read_with_their_old_prefixes() -> None:
    metadata: dict[str, object] = {
        "competition_sources": ["titanic", "c/digit-recognizer"],
        "dataset_sources": ["uciml/iris", "datasets/heptapod/titanic", "", "uciml/iris"],
        "model_sources": ["google/gemma/PyTorch/2b/3"],
        "kernel_sources": ["code/a/b", "a/c/v2"],
        "keywords": ["x"],
    }
    assert [str(handle) for handle in source_handles(metadata)] == [
        "competitions/titanic",
        "competitions/digit-recognizer",
        "datasets/uciml/iris",
        "datasets/heptapod/titanic",
        "models/google/gemma/PyTorch/2b/versions/3",
        "notebooks/a/b",
        "notebooks/a/c/versions/2",
    ]
