"""The calls about notebooks and scripts, which the API calls kernels."""

from __future__ import annotations

from kagura.testing.calls import (
    CREATED,
    Call,
    Json,
    Methods,
    Redirect,
    one_page,
    redirect_to,
    stored_file,
)
from kagura.testing.lookups import find_kernel

__all__ = ["KERNEL_METHODS"]


def _get_kernel(call: Call) -> Json:
    kernel, version = find_kernel(call, "userName")
    owner, slug = kernel.handle.split("/")
    metadata: Json = {
        "id": kernel.id,
        "ref": kernel.handle,
        "title": kernel.title,
        "author": owner,
        "slug": slug,
        "lastRunTime": CREATED,
        "language": kernel.language,
        "kernelType": kernel.kernel_type,
        "isPrivate": kernel.is_private,
        "enableGpu": False,
        "enableTpu": False,
        "enableInternet": True,
        "categoryIds": [],
        "datasetDataSources": list(kernel.datasets),
        "kernelDataSources": list(kernel.kernels),
        "competitionDataSources": list(kernel.competitions),
        "modelDataSources": list(kernel.models),
        "currentVersionNumber": max(kernel.versions),
    }
    if version.docker_image:
        metadata["dockerImage"] = version.docker_image
    if version.machine_shape:
        metadata["machineShape"] = version.machine_shape
    blob = {
        "source": version.source,
        "language": kernel.language,
        "kernelType": kernel.kernel_type,
        "slug": slug,
    }
    return {"metadata": metadata, "blob": blob}


def _list_kernels(call: Call) -> Json:
    # Without the words' stems that Kaggle's search knows, and in the order of the catalogue.
    asked, user = call.body.text, call.user
    words = asked("search").lower()
    found: list[Json] = []
    for one in call.catalogue.kernels.values():
        owner, slug = one.handle.split("/")
        if (
            (one.is_private and not user)
            or (asked("group") == "PROFILE" and owner != user)
            or asked("user") not in ("", owner)
            or asked("language") not in ("", "all", one.language)
            or asked("kernelType") not in ("", "all", one.kernel_type)
            or (asked("dataset") and asked("dataset") not in one.datasets)
            or (asked("competition") and asked("competition") not in one.competitions)
            or words not in f"{one.handle} {one.title}".lower()
        ):
            continue
        found.append(
            {
                "id": one.id,
                "ref": one.handle,
                "title": one.title,
                "author": owner,
                "slug": slug,
                "lastRunTime": CREATED,
                "language": one.language,
                "kernelType": one.kernel_type,
                "isPrivate": one.is_private,
                "totalVotes": 1,
            }
        )
    page, token = one_page(call, found)
    return {"kernels": page, "nextPageToken": token}


def _list_kernel_output(call: Call) -> Json:
    _, version = find_kernel(call, "userName")
    left = version.output
    files: list[Json] = []
    for name in left.bundle.sizes:
        stored = stored_file(call.bucket, left, name)
        url = call.bucket.sign_in_path(stored, session=left.id, file=name)
        files.append({"url": url, "fileName": name})
    page, token = one_page(call, files)
    return {"files": page, "log": version.log, "nextPageToken": token}


def _list_kernel_files(call: Call) -> Json:
    _, version = find_kernel(call, "userName")
    files: list[Json] = [
        {"name": name, "size": size, "creationDate": CREATED}
        for name, size in version.output.bundle.sizes.items()
    ]
    page, token = one_page(call, files)
    return {"files": page, "nextPageToken": token}


def _get_kernel_status(call: Call) -> Json:
    find_kernel(call, "userName")
    return {"status": "complete"}


def _download_kernel_output(call: Call) -> Redirect:
    _, version = find_kernel(call, "ownerSlug")
    return redirect_to(call, version.output, file=call.body.text("filePath"))


KERNEL_METHODS: Methods = {
    "kernels.KernelsApiService/GetKernel": _get_kernel,
    "kernels.KernelsApiService/ListKernels": _list_kernels,
    "kernels.KernelsApiService/ListKernelSessionOutput": _list_kernel_output,
    "kernels.KernelsApiService/ListKernelFiles": _list_kernel_files,
    "kernels.KernelsApiService/GetKernelSessionStatus": _get_kernel_status,
    "kernels.KernelsApiService/DownloadKernelOutput": _download_kernel_output,
}
