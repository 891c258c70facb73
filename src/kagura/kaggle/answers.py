"""What Kaggle's API answers, as frozen records; whatever else it says is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

DATASET_PATH = re.compile(r"/kaggle-data-sets/(\d+)/(\d+)/")

__all__ = ["Address", "Dataset", "Entry", "Kernel", "KernelEntry", "Model", "Output", "Tree"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where bytes can be fetched for some time (days, says Kaggle), by anybody: a secret."""

    url: str = field(repr=False)

    @property
    def name(self) -> str:
        """The last part of its path.  ``big.csv.zip`` where ``big.csv`` was asked: it is zipped."""
        return unquote(urlsplit(self.url).path.rpartition("/")[2])

    @property
    def path(self) -> str:
        """Its host and path without what signs it.  Tells objects apart, not addresses."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}{unquote(parts.path)}"

    @property
    def dataset_id(self) -> int | None:
        """Kaggle's number of a data set, as notebooks' ``datasetId`` has it, it seems."""
        found = DATASET_PATH.search(self.path)
        return int(found[1]) if found else None

    @property
    def version_id(self) -> int | None:
        """Kaggle's number of a data set's version, as notebooks' ``sourceId`` has it, it seems."""
        found = DATASET_PATH.search(self.path)
        return int(found[2]) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a listing: its name, with folders, and its size in bytes (None: not told)."""

    name: str
    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One folder of a data set: the names of its folders, and its files by their full names."""

    folders: tuple[str, ...]
    files: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A data set.  ``version`` is the current one; ``size`` is in bytes, packed.

    ``versions`` are those that Kaggle lists, newest first; it may list none.
    """

    handle: str
    id: int
    title: str
    version: int
    versions: tuple[int, ...]
    size: int | None
    updated: str | None
    licence: str | None
    is_private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelEntry:
    """One notebook or script of a list; ``last_run`` is in UTC, as Kaggle writes it."""

    handle: str
    title: str
    last_run: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """A notebook or script, with its source.

    ``version`` is the one that was asked for, else the newest; ``newest`` the newest.
    The sources are handles in Kaggle's spelling; only models' have a version.  ``image`` names
    the docker image by digest, if Kaggle tells it.
    """

    handle: str
    id: int
    title: str
    version: int | None
    newest: int | None
    source: str = field(repr=False)
    language: str
    kind: str
    is_private: bool | None
    has_gpu: bool | None
    has_tpu: bool | None
    has_internet: bool | None
    keywords: tuple[str, ...]
    datasets: tuple[str, ...]
    competitions: tuple[str, ...]
    kernels: tuple[str, ...]
    models: tuple[str, ...]
    image: str | None
    machine: str | None
    last_run: str | None

    @property
    def file_name(self) -> str:
        """The name that its file has: the slug, and the ending of its language and kind."""
        return self.handle.rpartition("/")[2] + ENDINGS.get((self.kind, self.language), ".py")

    def metadata(self) -> dict[str, object]:
        """The content of ``kernel-metadata.json``, as ``kaggle kernels pull -m`` writes it."""
        return {
            "id": self.handle,
            "id_no": self.id,
            "title": self.title,
            "code_file": self.file_name,
            "language": self.language,
            "kernel_type": self.kind,
            "is_private": self.is_private or False,
            "enable_gpu": self.has_gpu or False,
            "enable_tpu": self.has_tpu or False,
            "enable_internet": self.has_internet or False,
            "keywords": list(self.keywords),
            "dataset_sources": list(self.datasets),
            "kernel_sources": list(self.kernels),
            "competition_sources": list(self.competitions),
            "model_sources": list(self.models),
            "docker_image": self.image or "",
            "machine_shape": self.machine or "",
        }


ENDINGS = {
    ("notebook", "python"): ".ipynb",
    ("notebook", "r"): ".irnb",
    ("notebook", "julia"): ".ijlnb",
    ("script", "python"): ".py",
    ("script", "r"): ".R",
    ("script", "rmarkdown"): ".Rmd",
    ("script", "sqlite"): ".sql",
    ("script", "julia"): ".jl",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One file that a notebook's run left, and where it is to be had."""

    name: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model's variation.  ``version`` is the current one; ``size`` is in bytes, unpacked."""

    handle: str
    id: int
    version: int
    size: int | None
    licence: str | None
