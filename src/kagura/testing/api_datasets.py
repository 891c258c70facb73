"""The calls about data sets and competitions."""

from __future__ import annotations

from pathlib import PurePosixPath

from kagura.testing.calls import (
    CREATED,
    Call,
    Json,
    Methods,
    Redirect,
    Refusal,
    as_files,
    one_page,
    redirect_to,
)
from kagura.testing.lookups import find_competition, find_dataset, find_dataset_version

__all__ = ["DATASET_METHODS"]


def _get_dataset(call: Call) -> Json:
    dataset = find_dataset(call)
    newest = dataset.versions[max(dataset.versions)]
    versions = [
        {"versionNumber": number, "creationDate": CREATED, "versionNotes": "", "status": "Ready"}
        for number in sorted(dataset.versions, reverse=True)
    ]
    return {
        "id": dataset.id,
        "ref": dataset.handle,
        "title": dataset.handle.partition("/")[2],
        "currentVersionNumber": newest.number,
        "totalBytes": newest.bundle.archive.stat().st_size,
        "lastUpdated": CREATED,
        "licenseName": "CC0-1.0",
        "isPrivate": dataset.is_private,
        "versions": versions if dataset.lists_versions else [],
    }


def _get_dataset_metadata(call: Call) -> Json:
    dataset = find_dataset(call)
    owner, slug = dataset.handle.split("/")
    return {
        "info": {
            "datasetId": dataset.id,
            "datasetSlug": slug,
            "ownerUser": owner,
            "isPrivate": dataset.is_private,
            "licenses": [{"name": "CC0-1.0"}],
        }
    }


def _get_dataset_status(call: Call) -> Json:
    find_dataset(call)
    return {"status": "READY"}


def _list_datasets(call: Call) -> Json:
    # Without the words' stems that Kaggle's search knows.
    words = call.body.text("search").lower()
    found: list[Json] = [
        {"id": one.id, "ref": one.handle, "title": one.handle.partition("/")[2], "voteCount": 1}
        for one in call.catalogue.datasets.values()
        if words in one.handle.lower() and not (one.is_private and not call.user)
    ]
    page, token = one_page(call, found)
    return {"datasets": page, "nextPageToken": token}


def _list_dataset_files(call: Call) -> Json:
    version = find_dataset_version(call)
    page, token = one_page(call, as_files(version.bundle))
    return {"datasetFiles": page, "nextPageToken": token}


def _list_tree(call: Call) -> Json:
    version = find_dataset_version(call)
    folder = PurePosixPath(call.body.text("path") or ".")
    folders: dict[str, Json] = {}
    files: list[Json] = []
    for name, size in version.bundle.sizes.items():
        path = PurePosixPath(name)
        if path.parent == folder:
            url = f"/{name}"
            files.append({"name": path.name, "relativeUrl": url, "totalBytes": size})
        elif folder == PurePosixPath() or folder in path.parents:
            child = path.relative_to(folder).parts[0]
            folders[child] = {"name": child, "relativeUrl": f"/{folder / child}"}
    page, token = one_page(call, [*folders.values(), *files])
    return {
        "directories": [one for one in page if "totalBytes" not in one],
        "files": [one for one in page if "totalBytes" in one],
        "nextPageToken": token,
    }


def _download_dataset(call: Call) -> Redirect:
    return redirect_to(call, find_dataset_version(call), file=call.body.text("fileName"))


def _list_data_files(call: Call) -> Json:
    page, token = one_page(call, as_files(find_competition(call).version.bundle))
    return {"files": page, "nextPageToken": token}


def _download_data_files(call: Call) -> Redirect:
    competition = find_competition(call)
    if not competition.has_rules_accepted:
        raise Refusal(
            403, "You must accept this competition's rules before you'll be able to download files."
        )
    return redirect_to(call, competition.version, file=call.body.text("fileName"))


DATASET_METHODS: Methods = {
    "datasets.DatasetApiService/GetDataset": _get_dataset,
    "datasets.DatasetApiService/GetDatasetMetadata": _get_dataset_metadata,
    "datasets.DatasetApiService/GetDatasetStatus": _get_dataset_status,
    "datasets.DatasetApiService/ListDatasets": _list_datasets,
    "datasets.DatasetApiService/ListDatasetFiles": _list_dataset_files,
    "datasets.DatasetApiService/ListTreeDatasetFiles": _list_tree,
    "datasets.DatasetApiService/DownloadDataset": _download_dataset,
    "competitions.CompetitionApiService/ListDataFiles": _list_data_files,
    "competitions.CompetitionApiService/DownloadDataFiles": _download_data_files,
    "competitions.CompetitionApiService/DownloadDataFile": _download_data_files,
}
