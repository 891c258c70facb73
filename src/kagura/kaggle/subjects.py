"""What a call is about: a handle becomes a subject for messages, and the fields of a body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kagura.errors import UsageError
from kagura.kaggle.frameworks import framework_name

__all__ = ["SITE", "Subject", "competition_call", "dataset_call", "kernel_call", "model_call"]

SITE = "https://www.kaggle.com"
WORDS = {
    "dataset": "data set",
    "competition": "competition",
    "kernel": "notebook",
    "model": "model",
    "account": "account",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a call is about: its kind, its handle, and the version if one is meant."""

    kind: Literal["dataset", "competition", "kernel", "model", "account"]
    handle: str
    version: int | None = None

    @property
    def page(self) -> str:
        """Its page on the site."""
        if self.kind == "account":
            return f"{SITE}/settings"
        folder = {"kernel": "code"}.get(self.kind, f"{self.kind}s")
        return f"{SITE}/{folder}/{self.handle}"

    def __str__(self) -> str:
        version = f" (version {self.version})" if self.version else ""
        return f"{WORDS[self.kind]} {self.handle}{version}".strip()


def dataset_call(handle: str, *, version: int | None = None) -> tuple[Subject, dict[str, object]]:
    """A call about a data set, ``OWNER/SLUG``."""
    owner, slug = _parts(handle, count=2)
    body: dict[str, object] = {"ownerSlug": owner, "datasetSlug": slug}
    if version:
        body["datasetVersionNumber"] = version
    return Subject(kind="dataset", handle=handle, version=version), body


def competition_call(slug: str) -> tuple[Subject, dict[str, object]]:
    """A call about a competition, by its slug."""
    _parts(slug, count=1)
    return Subject(kind="competition", handle=slug), {"competitionName": slug}


def kernel_call(handle: str, *, version: int | None) -> tuple[Subject, dict[str, object]]:
    """A call about a notebook or script, ``OWNER/SLUG``."""
    owner, slug = _parts(handle, count=2)
    body: dict[str, object] = {"userName": owner, "kernelSlug": slug}
    if version:
        body["versionLabel"] = f"v{version}"  # a bare number is not found
    return Subject(kind="kernel", handle=handle, version=version), body


def model_call(handle: str, *, version: int | None = None) -> tuple[Subject, dict[str, object]]:
    """A call about a model's variation, ``OWNER/MODEL/FRAMEWORK/VARIATION``."""
    owner, model, framework, variation = _parts(handle, count=4)
    body: dict[str, object] = {
        "ownerSlug": owner,
        "modelSlug": model,
        "framework": framework_name(framework),
        "instanceSlug": variation,
    }
    if version:
        body["versionNumber"] = version
    return Subject(kind="model", handle=handle, version=version), body


def _parts(handle: str, *, count: int) -> list[str]:
    parts = handle.split("/")
    if len(parts) != count or not all(parts):
        forms = {1: "COMPETITION", 2: "OWNER/SLUG", 4: "OWNER/MODEL/FRAMEWORK/VARIATION"}
        raise UsageError(f"{handle!r} is not of the form {forms[count]}")
    return parts
