"""A base with a layer over it, as one environment."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kagura.env.base import ReadyBase
from kagura.env.layer import ReadyLayer
from kagura.env.locked_layer import locked_digest
from kagura.env.stack import stacked
from kagura.model.base import Base, Layer, Package, Python
from kagura.model.lock import LockedPackage
from kagura.store.objects import StoredObject


def package(name: str, version: str = "1") -> Package:
    return Package(name=name, version=version)


def stored(folder: str) -> StoredObject:
    return StoredObject(kind="layers", digest="sha256:1", folder=Path(folder), record={})


BASE = ReadyBase(
    base=Base(
        digest="sha256:0",
        era=date(2025, 7, 1),
        prefix="/usr/local",
        python=Python(executable="/p", prefix="/", version="3.11.7"),
        wanted_python="3.11",
        packages=(package("numpy"), package("pandas"), package("xlrd")),
        left_out=(),
        given_way=(),
    ),
    item=stored("/base"),
    warning=None,
)
LAYER = Layer(
    digest="sha256:1",
    base="sha256:0",
    requirements=("optuna",),
    added=(package("optuna"),),
    changed=(package("numpy", "2"),),
    left_out=(),
    removed=(package("xlrd"),),
)


def test_what_is_seen_inside_is_the_base_as_the_layer_changes_it() -> None:
    both = stacked(BASE, ReadyLayer(layer=LAYER, item=stored("/layer")))
    assert [str(item) for item in both.base.packages] == ["numpy==2", "optuna==1", "pandas==1"]
    assert both.trees == (Path("/base/tree"), Path("/layer/tree"))
    assert both.base.digest not in ("sha256:0", "sha256:1")


def test_without_a_layer_it_is_the_base() -> None:
    assert stacked(BASE, None) is BASE
    assert stacked(BASE, ReadyLayer(layer=LAYER, item=None)) is BASE


def test_a_locked_layer_is_named_by_base_versions_and_files() -> None:
    def of(base: str = "sha256:0", version: str = "1", *hashes: str) -> str:
        item = LockedPackage(name="a", version=version, change="added", hashes=hashes)
        return locked_digest(base, (item,))

    digests = {of(), of("sha256:9"), of("sha256:0", "2"), of("sha256:0", "1", "sha256:a")}
    assert len(digests) == 4
    assert of("sha256:0", "1", "a", "b") == of("sha256:0", "1", "b", "a")
