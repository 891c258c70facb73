"""The calls about models."""

from __future__ import annotations

from kagura.testing.calls import (
    CREATED,
    Call,
    Json,
    Methods,
    Redirect,
    Refusal,
    one_page,
    redirect_to,
)
from kagura.testing.lookups import find_model, find_model_version

__all__ = ["MODEL_METHODS"]


def _get_model_instance(call: Call) -> Json:
    handle, versions, _ = find_model(call)
    newest = versions[max(versions)]
    return {
        "id": newest.id,
        "slug": handle.rpartition("/")[2],
        "framework": call.body.text("framework"),
        "versionId": newest.id,
        "versionNumber": newest.number,
        "licenseName": "Apache 2.0",
        "totalUncompressedBytes": newest.bundle.total,
    }


def _list_model_versions(call: Call) -> Json:
    _, versions, _ = find_model(call)
    listed: list[Json] = [
        {"id": versions[number].id, "versionNumber": number}
        for number in sorted(versions, reverse=True)
    ]
    page, token = one_page(call, listed)
    return {"versionList": {"versions": page}, "nextPageToken": token}


def _list_model_files(call: Call) -> Json:
    version = find_model_version(call)
    files: list[Json] = [
        {"name": name, "size": size, "creationDate": CREATED}
        for name, size in version.bundle.sizes.items()
    ]
    page, token = one_page(call, files)
    return {"files": page, "nextPageToken": token}


def _download_model(call: Call) -> Redirect:
    _, _, is_gated = find_model(call)
    if is_gated:
        raise Refusal(403, "You must consent to the license agreement of this model.")
    return redirect_to(call, find_model_version(call), file=call.body.text("path"))


MODEL_METHODS: Methods = {
    "models.ModelApiService/GetModelInstance": _get_model_instance,
    "models.ModelApiService/ListModelInstanceVersions": _list_model_versions,
    "models.ModelApiService/ListModelInstanceVersionFiles": _list_model_files,
    "models.ModelApiService/DownloadModelInstanceVersion": _download_model,
}
