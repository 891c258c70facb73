"""Finding what a call names, or refusing it as Kaggle does."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kagura.testing.calls import Call, Refusal
from kagura.testing.catalogue import Catalogue, Competition, Dataset, Kernel, KernelVersion, Version

__all__ = [
    "find_competition",
    "find_dataset",
    "find_dataset_version",
    "find_kernel",
    "find_model",
    "find_model_version",
]


def find_dataset(call: Call) -> Dataset:
    """The data set; what is not there and what is private look the same."""
    handle = f"{call.body.text('ownerSlug')}/{call.body.text('datasetSlug')}"
    dataset = call.catalogue.datasets.get(handle)
    if dataset is None or (dataset.is_private and not call.user):
        raise Refusal(403, "Permission 'datasets.get' was denied")
    return dataset


def find_dataset_version(call: Call) -> Version:
    """The version that is named, else the newest."""
    versions = find_dataset(call).versions
    number = call.body.number("datasetVersionNumber") or max(versions)
    if number not in versions:
        raise Refusal(404, f"Dataset version {number} not found")
    return versions[number]


def find_competition(call: Call) -> Competition:
    """The competition, for those who are signed in."""
    if not call.user:
        raise Refusal(401, "Unauthenticated")
    competition = call.catalogue.competitions.get(call.body.text("competitionName"))
    if competition is None:
        raise Refusal(404, "Competition not found")
    return competition


def find_kernel(call: Call, owner: str) -> tuple[Kernel, KernelVersion]:
    """The notebook and its version: by ``v3`` or by number, else the newest."""
    handle = f"{call.body.text(owner)}/{call.body.text('kernelSlug')}"
    kernel = call.catalogue.kernels.get(handle)
    if kernel is None or (kernel.is_private and not call.user):
        raise Refusal(403, "Permission 'kernels.get' was denied")
    label = call.body.text("versionLabel")
    if label:
        named = re.fullmatch(r"v(\d+)", label)
        number = int(named[1]) if named else 0
    else:
        number = call.body.number("versionNumber") or max(kernel.versions)
    if number not in kernel.versions:
        raise Refusal(404, "Kernel version not found")
    return kernel, kernel.versions[number]


def find_model(call: Call) -> tuple[str, Mapping[int, Version], bool]:
    """The model's handle, its versions, and whether it waits for a consent."""
    owner, model, framework, variation = (
        call.body.text(name) for name in ("ownerSlug", "modelSlug", "framework", "instanceSlug")
    )
    found = call.catalogue.models.get(Catalogue.model_key(owner, model, framework, variation))
    if found is None:
        raise Refusal(403, "Permission 'models.get' was denied")
    return found.handle, found.versions, found.is_gated


def find_model_version(call: Call) -> Version:
    """The version that is named, else the newest."""
    _, versions, _ = find_model(call)
    number = call.body.number("versionNumber") or max(versions)
    if number not in versions:
        raise Refusal(404, f"Model version {number} not found")
    return versions[number]
