"""From "the newest" to an exact version, by asking Kaggle; and where its bytes are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kagura.errors import ServiceError
from kagura.kaggle.answers import Address, Entry
from kagura.kaggle.client import Client
from kagura.kaggle.frameworks import framework_in_handle
from kagura.model.handle import Handle
from kagura.store.objects import digest_of

__all__ = ["address_of", "digest_of_input", "exact", "listing"]


def exact(handle: Handle, *, client: Client) -> Handle:
    """The handle with a version: its own, else the newest.  A competition has none.

    However a model's framework is spelled, it is one model.
    """
    if handle.framework is not None:
        handle = replace(handle, framework=framework_in_handle(handle.framework))
    if handle.version is not None or handle.kind == "competition":
        return handle
    match handle.kind:
        case "dataset":
            version: int | None = client.dataset(handle.plain).version
        case "model":
            version = client.model(handle.plain).version
        case _:
            kernel = client.kernel(handle.plain)
            version = kernel.version
    if version is None:
        raise ServiceError(
            f"Kaggle does not tell the newest version of {handle.name}",
            hint=f"name one: {handle.name}/versions/1",
        )
    return handle.at(version)


def digest_of_input(handle: Handle, *, client: Client) -> str:
    """The name of an exact input in the store: of its provider, handle and version.

    A competition has no versions: its list of files stands for one.
    """
    record: dict[str, object] = {"provider": "kaggle", "handle": str(handle)}
    if handle.kind == "competition":
        record["files"] = sorted((one.name, one.size) for one in listing(handle, client=client))
    return digest_of(record)


def listing(handle: Handle, *, client: Client) -> Iterator[Entry]:
    """The names and sizes of its files, as Kaggle tells them."""
    match handle.kind:
        case "competition":
            return client.competition_files(handle.slug)
        case "dataset":
            return client.dataset_files(handle.plain, version=handle.version)
        case "model":
            return client.model_files(handle.plain, version=handle.version or 1)
        case _:
            return client.kernel_files(handle.plain, version=handle.version)


def address_of(handle: Handle, *, client: Client) -> Address:
    """Where its archive is; an address that has ended is asked for again by a further call."""
    match handle.kind:
        case "competition":
            return client.competition_address(handle.slug)
        case "dataset":
            return client.dataset_address(handle.plain, version=handle.version)
        case "model":
            return client.model_address(handle.plain, version=handle.version or 1)
        case _:
            return client.kernel_output_address(handle.plain, version=handle.version)
