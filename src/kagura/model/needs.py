"""What a notebook needs, read from its code and metadata, and the evidence of its date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kagura.model.handle import HandleKind

__all__ = ["Evidence", "ImportUse", "InputUse", "InstallUse", "Needs", "Source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportUse:
    """A module that the code imports.

    ``module`` is the dotted name as written (``google.cloud.bigquery``); ``top`` its first
    part.  ``optional``: every use is inside ``try``/``except``, an ``if`` or a function, so the
    notebook may pass without it.  ``cell``: index of the first cell that imports it.
    """

    module: str
    top: str
    optional: bool
    cell: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallUse:
    """One ``pip`` (or ``uv pip``, ``apt``, ``conda``) line that the notebook runs by itself."""

    tool: Literal["pip", "uv", "apt", "conda"]
    verb: Literal["install", "uninstall", "other"]
    arguments: tuple[str, ...]
    requirements: tuple[str, ...]
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    cell: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InputUse:
    """A path below ``/kaggle/input`` that the code mentions.

    ``path`` is relative to ``/kaggle/input`` (``titanic/train.csv``).  ``name`` is the input's
    folder there: ``titanic`` (layout flat), ``competitions/titanic`` or
    ``datasets/uciml/iris`` (layout nested), and ``None`` for a file right below
    ``/kaggle/input`` (layout bare: Kaggle's very old one, ``../input/train.csv``).
    """

    path: str
    name: str | None
    layout: Literal["flat", "nested", "bare"]
    cell: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One of the inputs that the notebook's own metadata counts, by Kaggle's numbers alone.

    ``version_id`` is of a version, and is no version's number (of a competition, its own);
    ``dataset_id`` is a data set's.
    """

    kind: HandleKind
    version_id: int | None
    dataset_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a notebook tells about when and where it was run; ``None`` where it is silent.

    Times are aware and in UTC.  ``image_digest`` is ``sha256:…`` from ``kernel-metadata.json``
    beside the notebook; ``image_id`` is ``metadata.kaggle.dockerImageVersionId``;
    ``cell_time`` is the latest time in the cells' ``execution`` metadata; ``python`` is
    ``language_info.version`` as written.
    """

    image_digest: str | None = None
    image_id: int | None = None
    papermill_time: datetime | None = None
    cell_time: datetime | None = None
    python: str | None = None

    @property
    def run_time(self) -> datetime | None:
        """When the notebook was last run, as far as it tells."""
        return self.papermill_time or self.cell_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a notebook needs.

    ``hidden`` are distributions needed without being imported (``openpyxl`` for
    ``read_excel``).  ``internet`` and ``accelerator`` are as the notebook's metadata (or the
    ``kernel-metadata.json`` beside it) say; ``None`` when silent.  ``local_modules``: modules
    that the notebook itself writes (``%%writefile helper.py``), never a missing package.
    ``scripts``: folders of utility scripts that the code names (below ``/kaggle/usr/lib``).
    ``sources``: what the notebook's own metadata (``metadata.kaggle.dataSources``) counts.
    """

    imports: tuple[ImportUse, ...]
    installs: tuple[InstallUse, ...]
    inputs: tuple[InputUse, ...]
    hidden: tuple[str, ...]
    local_modules: tuple[str, ...]
    evidence: Evidence
    internet: bool | None
    accelerator: str | None
    scripts: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
