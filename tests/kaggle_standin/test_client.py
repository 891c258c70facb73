"""Our own client, against the stand-in: every call."""

from __future__ import annotations

import json
from collections.abc import Callable

from kagura.kaggle.answers import Address, Entry
from kagura.kaggle.client import Client
from kagura.system.http import Http
from kagura.testing import Standin

ClientOf = Callable[..., Client]


def _fetch(address: Address) -> bytes:
    with Http() as http, http.open(address.url) as stream:
        assert stream.status == 200
        return stream.read(10**6)


def test_a_dataset_is_told_with_its_versions(client: Client) -> None:
    dataset = client.dataset("uciml/iris")
    assert (dataset.handle, dataset.version, dataset.versions) == ("uciml/iris", 2, (2, 1))
    assert (dataset.licence, dataset.is_private) == ("CC0-1.0", False)
    assert dataset.size is not None
    assert dataset.size > 0


def test_datasets_are_found_by_their_slug(kaggle: Standin, client: Client) -> None:
    kaggle.dataset("alice/iris-of-mine", {"a": "b"})
    assert client.datasets_called("Iris") == ("uciml/iris",)
    assert client.datasets_called("nothing-like-it") == ()


def test_a_server_that_lists_no_versions_still_tells_the_current(
    kaggle: Standin, client: Client
) -> None:
    kaggle.dataset("alice/plain", {"a": "b"}, version=7, lists_versions=False)
    dataset = client.dataset("alice/plain")
    assert (dataset.version, dataset.versions) == (7, ())


def test_files_are_listed_over_all_pages(kaggle: Standin, client: Client) -> None:
    names = [f"part-{number:04}.csv" for number in range(450)]
    kaggle.dataset("alice/many", dict.fromkeys(names, "x"))
    assert list(client.dataset_files("alice/many")) == [Entry(name=name, size=1) for name in names]
    assert kaggle.called("ListDatasetFiles") == 3


def test_files_of_an_older_version_are_listed(client: Client) -> None:
    assert list(client.dataset_files("uciml/iris", version=1)) == [Entry(name="Iris.csv", size=17)]


def test_a_tree_is_walked_by_folders(client: Client) -> None:
    (root,) = client.dataset_tree("uciml/iris")
    assert root.folders == ("images",)
    assert [file.name for file in root.files] == ["Iris.csv", "big.csv"]
    (images,) = client.dataset_tree("uciml/iris", folder="images")
    assert images.folders == ("deep",)
    assert images.files == (Entry(name="images/one.png", size=8),)


def test_an_address_is_given_before_any_byte_is_asked_for(kaggle: Standin, client: Client) -> None:
    address = client.dataset_address("uciml/iris", version=2)
    assert address.name == "archive.zip"
    (stored,) = kaggle.objects("uciml/iris")
    assert (stored.requests, stored.served) == (0, 0)
    assert _fetch(address)[:2] == b"PK"
    (stored,) = kaggle.objects("uciml/iris")
    assert (stored.requests, stored.served) == (1, stored.path.stat().st_size)


def test_an_address_that_ended_is_asked_for_again(kaggle: Standin, client: Client) -> None:
    first = client.dataset_address("uciml/iris")
    kaggle.expire("uciml/iris")
    with Http() as http, http.open(first.url) as stream:
        assert stream.status == 400
        assert b"ExpiredToken" in stream.read(1000)
    again = client.dataset_address("uciml/iris")
    assert again.path == first.path
    assert _fetch(again)[:2] == b"PK"


def test_one_file_comes_by_itself_or_zipped(client: Client) -> None:
    plain = client.dataset_address("uciml/iris", file="images/one.png")
    assert (plain.name, _fetch(plain)) == ("one.png", b"\x89PNG one")
    zipped = client.dataset_address("uciml/iris", file="big.csv")
    assert (zipped.name, _fetch(zipped)[:2]) == ("big.csv.zip", b"PK")


def test_a_competition_is_listed_and_addressed(client: Client) -> None:
    files = list(client.competition_files("titanic"))
    assert files == [Entry(name="train.csv", size=8), Entry(name="test.csv", size=4)]
    assert client.competition_address("titanic").name == "archive.zip"
    assert _fetch(client.competition_address("titanic", file="test.csv")) == b"a\n3\n"


def test_a_notebook_is_pulled_in_any_version(kaggle: Standin, client: Client) -> None:
    newest = client.kernel("alice/first-notebook")
    assert (newest.version, newest.newest, newest.title) == (2, 2, "First notebook")
    assert newest.image is not None
    assert newest.image.startswith("gcr.io/kaggle-images/python@sha256:")
    assert (newest.machine, newest.has_internet, newest.has_gpu) == ("NvidiaTeslaT4", True, False)
    assert (newest.datasets, newest.competitions) == (("uciml/iris",), ("titanic",))
    assert (newest.kernels, newest.models) == (("alice/helpers",), ("google/gemma/PyTorch/2b/1",))
    assert json.loads(newest.source)["cells"][0]["source"] == "é 日本"
    first = client.kernel("alice/first-notebook", version=1)
    assert (first.version, first.newest) == (1, 2)
    assert json.loads(first.source)["cells"] == []
    assert kaggle.calls[-1].body["versionLabel"] == "v1"


def test_a_script_has_the_ending_of_its_language(kaggle: Standin, client: Client) -> None:
    kaggle.kernel("alice/helpers", "x = 1\n", kernel_type="script")
    kaggle.kernel("alice/in-r-here", "x <- 1\n", kernel_type="script", language="r")
    assert client.kernel("alice/helpers").file_name == "helpers.py"
    assert client.kernel("alice/in-r-here").file_name == "in-r-here.R"
    assert client.kernel("alice/first-notebook").file_name == "first-notebook.ipynb"


def test_notebooks_are_listed_by_user_and_by_words(kaggle: Standin, client: Client) -> None:
    kaggle.kernel("bob/first-of-mine", "1", title="First steps", is_private=True)
    for number in range(230):
        kaggle.kernel("carol/n-" + str(number), "1")
    (alices,) = client.kernels(user="alice")
    assert (alices.handle, alices.title) == ("alice/first-notebook", "First notebook")
    assert alices.last_run is not None
    first = [one.handle for one in client.kernels(search="first")]
    assert first == ["alice/first-notebook", "bob/first-of-mine"]
    assert [one.handle for one in client.kernels(user="bob", search="steps")] == first[1:]
    assert list(client.kernels(user="nobody")) == []
    before = kaggle.called("ListKernels")
    assert len(list(client.kernels(user="carol"))) == 230
    assert kaggle.called("ListKernels") - before == 3


def test_outputs_are_listed_with_their_addresses(kaggle: Standin, client: Client) -> None:
    outputs = list(client.kernel_output("alice/first-notebook", version=1))
    assert [output.name for output in outputs] == ["submission.csv", "plots/a.png"]
    assert [_fetch(output.address) for output in outputs] == [b"1\n", b"\x89PNG"]
    assert [_fetch(one.address) for one in client.kernel_output("alice/first-notebook")] == [b"2\n"]
    assert client.kernel_log("alice/first-notebook", version=1) == "[first]"
    files = list(client.kernel_files("alice/first-notebook", version=1))
    assert files == [Entry(name="submission.csv", size=2), Entry(name="plots/a.png", size=4)]


def test_outputs_come_as_an_archive_or_one_by_one(client: Client) -> None:
    archive = client.kernel_output_address("alice/first-notebook", version=1)
    assert (archive.name, _fetch(archive)[:2]) == ("archive.zip", b"PK")
    one = client.kernel_output_address("alice/first-notebook", version=1, file="plots/a.png")
    assert _fetch(one) == b"\x89PNG"


def test_a_model_is_told_listed_and_addressed(client: Client) -> None:
    model = client.model("google/gemma/PyTorch/2b")
    assert (model.version, model.size) == (2, 2)
    assert list(client.model_versions("google/gemma/pytorch/2b")) == [2, 1]
    files = list(client.model_files("google/gemma/pyTorch/2b", version=1))
    assert [file.name for file in files] == ["config.json", "w/a.bin"]
    address = client.model_address("google/gemma/pyTorch/2b", version=1)
    assert (address.name, _fetch(address)[:2]) == ("archive.tar.gz", b"\x1f\x8b")
    one = client.model_address("google/gemma/pyTorch/2b", version=1, file="w/a.bin")
    assert _fetch(one) == b"\0" * 99
