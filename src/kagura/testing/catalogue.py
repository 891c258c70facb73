"""What the stand-in's Kaggle holds: data sets, competitions, notebooks ("kernels") and models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kagura.testing.bucket import BYTES
from kagura.testing.bundle import Bundle

__all__ = ["Catalogue", "Competition", "Dataset", "Kernel", "KernelVersion", "Model", "Version"]


@dataclass(slots=True, kw_only=True)
class Version:
    """Files that belong together: a data set's version, a notebook's output, and so on.

    ``number`` counts from 1, ``id`` is unique; ``prefix`` is where its objects are in the
    bucket; ``zipped`` names files that are served zipped; ``content_type`` is what the bucket
    calls its objects.
    """

    handle: str
    number: int
    id: int
    bundle: Bundle
    has_hash: bool = True
    prefix: str = ""
    zipped: frozenset[str] = frozenset()
    content_type: str = BYTES


@dataclass(slots=True, kw_only=True)
class Dataset:
    """A data set: ``owner/slug``."""

    id: int
    handle: str
    is_private: bool = False
    lists_versions: bool = True
    versions: dict[int, Version] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Competition:
    """A competition: a slug; it has no versions."""

    handle: str
    has_rules_accepted: bool
    version: Version


@dataclass(slots=True, kw_only=True)
class KernelVersion:
    """One version of a notebook or script, with what its run left."""

    source: str
    docker_image: str | None
    machine_shape: str | None
    output: Version
    log: str


@dataclass(slots=True, kw_only=True)
class Kernel:
    """A notebook or script: ``owner/slug``, and the sources that it names."""

    id: int
    handle: str
    title: str
    language: str
    kernel_type: str
    is_private: bool
    datasets: Sequence[str]
    competitions: Sequence[str]
    kernels: Sequence[str]
    models: Sequence[str]
    versions: dict[int, KernelVersion] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Model:
    """A model's variation: ``owner/model/framework/variation``."""

    id: int
    handle: str
    is_gated: bool = False
    versions: dict[int, Version] = field(default_factory=dict)


@dataclass(slots=True)
class Catalogue:
    """All of it, by handle (models by a handle whose framework is in lower case)."""

    datasets: dict[str, Dataset] = field(default_factory=dict)
    competitions: dict[str, Competition] = field(default_factory=dict)
    kernels: dict[str, Kernel] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    last_id: int = 1000

    def new_id(self) -> int:
        """A number that nothing else has."""
        self.last_id += 1
        return self.last_id

    @staticmethod
    def model_key(owner: str, model: str, framework: str, variation: str) -> str:
        """One key for ``PyTorch``, ``pyTorch`` and ``MODEL_FRAMEWORK_PY_TORCH``."""
        plain = framework.removeprefix("MODEL_FRAMEWORK_").replace("_", "").lower()
        return f"{owner}/{model}/{plain}/{variation}"
