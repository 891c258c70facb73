"""Our client says what kagglesdk says: the same calls, with the same bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from kagglesdk import KaggleClient
from kagglesdk.competitions.types import competition_api_service as competitions
from kagglesdk.datasets.types import dataset_api_service as datasets
from kagglesdk.datasets.types.dataset_enums import DatasetSortBy
from kagglesdk.kaggle_env import KaggleEnv
from kagglesdk.kernels.types import kernels_api_service as kernels
from kagglesdk.kernels.types.kernels_enums import KernelsListViewType
from kagglesdk.models.types import model_api_service as models
from kagglesdk.models.types.model_enums import ModelFramework

from kagura.kaggle.client import Client
from kagura.testing import Standin

GEMMA = "google/gemma/pyTorch/2b"
MODEL = {
    "owner_slug": "google",
    "model_slug": "gemma",
    "framework": ModelFramework.MODEL_FRAMEWORK_PY_TORCH,
    "instance_slug": "2b",
}
IRIS = {"owner_slug": "uciml", "dataset_slug": "iris"}
NOTEBOOK = {"user_name": "alice", "kernel_slug": "first-notebook"}
PAGE = {"page_size": 200}

Ours = Callable[[Client], object]

CALLS: list[tuple[str, str, Any, Mapping[str, Any], Ours]] = [
    (
        "datasets.dataset_api_client",
        "get_dataset",
        datasets.ApiGetDatasetRequest,
        IRIS,
        lambda c: c.dataset("uciml/iris"),
    ),
    (
        "datasets.dataset_api_client",
        "list_datasets",
        datasets.ApiListDatasetsRequest,
        {"search": "iris", "sort_by": DatasetSortBy.DATASET_SORT_BY_VOTES},
        lambda c: c.datasets_called("iris"),
    ),
    (
        "datasets.dataset_api_client",
        "list_dataset_files",
        datasets.ApiListDatasetFilesRequest,
        IRIS | PAGE | {"dataset_version_number": 1},
        lambda c: list(c.dataset_files("uciml/iris", version=1)),
    ),
    (
        "datasets.dataset_api_client",
        "list_tree_dataset_files",
        datasets.ApiListTreeDatasetFilesRequest,
        IRIS | PAGE | {"path": "images"},
        lambda c: list(c.dataset_tree("uciml/iris", folder="images")),
    ),
    (
        "datasets.dataset_api_client",
        "download_dataset",
        datasets.ApiDownloadDatasetRequest,
        IRIS | {"dataset_version_number": 2, "file_name": "Iris.csv"},
        lambda c: c.dataset_address("uciml/iris", version=2, file="Iris.csv"),
    ),
    (
        "competitions.competition_api_client",
        "list_data_files",
        competitions.ApiListDataFilesRequest,
        {"competition_name": "titanic"} | PAGE,
        lambda c: list(c.competition_files("titanic")),
    ),
    (
        "competitions.competition_api_client",
        "download_data_files",
        competitions.ApiDownloadDataFilesRequest,
        {"competition_name": "titanic"},
        lambda c: c.competition_address("titanic"),
    ),
    (
        "competitions.competition_api_client",
        "download_data_file",
        competitions.ApiDownloadDataFileRequest,
        {"competition_name": "titanic", "file_name": "test.csv"},
        lambda c: c.competition_address("titanic", file="test.csv"),
    ),
    (
        "kernels.kernels_api_client",
        "get_kernel",
        kernels.ApiGetKernelRequest,
        NOTEBOOK | {"version_label": "v1"},
        lambda c: c.kernel("alice/first-notebook", version=1),
    ),
    (
        "kernels.kernels_api_client",
        "list_kernels",
        kernels.ApiListKernelsRequest,
        {
            "user": "alice",
            "search": "first",
            "group": KernelsListViewType.EVERYONE,
            "language": "all",
            "kernel_type": "all",
            "output_type": "all",
            "page_size": 100,
        },
        lambda c: list(c.kernels(user="alice", search="first")),
    ),
    (
        "kernels.kernels_api_client",
        "list_kernel_session_output",
        kernels.ApiListKernelSessionOutputRequest,
        NOTEBOOK | PAGE | {"version_label": "v1"},
        lambda c: list(c.kernel_output("alice/first-notebook", version=1)),
    ),
    (
        "kernels.kernels_api_client",
        "list_kernel_files",
        kernels.ApiListKernelFilesRequest,
        NOTEBOOK | PAGE,
        lambda c: list(c.kernel_files("alice/first-notebook")),
    ),
    (
        "kernels.kernels_api_client",
        "download_kernel_output",
        kernels.ApiDownloadKernelOutputRequest,
        {
            "owner_slug": "alice",
            "kernel_slug": "first-notebook",
            "version_number": 1,
            "file_path": "plots/a.png",
        },
        lambda c: c.kernel_output_address("alice/first-notebook", version=1, file="plots/a.png"),
    ),
    (
        "models.model_api_client",
        "get_model_instance",
        models.ApiGetModelInstanceRequest,
        MODEL,
        lambda c: c.model(GEMMA),
    ),
    (
        "models.model_api_client",
        "list_model_instance_versions",
        models.ApiListModelInstanceVersionsRequest,
        MODEL | PAGE,
        lambda c: list(c.model_versions(GEMMA)),
    ),
    (
        "models.model_api_client",
        "list_model_instance_version_files",
        models.ApiListModelInstanceVersionFilesRequest,
        MODEL | PAGE | {"version_number": 1},
        lambda c: list(c.model_files(GEMMA, version=1)),
    ),
    (
        "models.model_api_client",
        "download_model_instance_version",
        models.ApiDownloadModelInstanceVersionRequest,
        MODEL | {"version_number": 1, "path": "w/a.bin"},
        lambda c: c.model_address(GEMMA, version=1, file="w/a.bin"),
    ),
]


@pytest.mark.parametrize(
    ("service", "name", "request_type", "fields", "ours"), CALLS, ids=[call[1] for call in CALLS]
)
def test_a_call_is_made_as_kagglesdk_makes_it(
    service: str,
    name: str,
    request_type: Any,
    fields: Mapping[str, Any],
    ours: Ours,
    kaggle: Standin,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    request = request_type()
    for field, value in fields.items():
        setattr(request, field, value)
    with KaggleClient(env=KaggleEnv.LOCAL, username=kaggle.user, password=kaggle.key) as sdk:
        part: Any = sdk
        for attribute in service.split("."):
            part = getattr(part, attribute)
        answer = getattr(part, name)(request)
        if hasattr(answer, "close"):
            answer.close()
    ours(client)
    theirs, mine = kaggle.calls
    assert mine.method == theirs.method
    assert mine.body == theirs.body
    assert mine.scheme == theirs.scheme == "Basic"
