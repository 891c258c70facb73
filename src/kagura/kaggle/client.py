"""Kaggle's API: each method is one call, or one for each page of a list.

Handles are written as in Kaggle's addresses: ``uciml/iris``, ``titanic``,
``google/gemma/pyTorch/2b``.  All methods raise ServiceError.  What gives an address only asks
where the bytes are: nothing is downloaded, and an address that has ended is asked for again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from kagura.errors import ServiceError
from kagura.kaggle.answers import (
    Address,
    Dataset,
    Entry,
    Kernel,
    KernelEntry,
    Model,
    Output,
    Tree,
)
from kagura.kaggle.credentials import Credential, find_credentials
from kagura.kaggle.fields import Fields
from kagura.kaggle.subjects import (
    Subject,
    competition_call,
    dataset_call,
    kernel_call,
    model_call,
)
from kagura.kaggle.transport import Transport, base_of
from kagura.progress import Progress
from kagura.system.http import Http

__all__ = ["Client", "connect"]

DATASETS = "datasets.DatasetApiService"
COMPETITIONS = "competitions.CompetitionApiService"
KERNELS = "kernels.KernelsApiService"
MODELS = "models.ModelApiService"
LONGEST_PAGE = 200
# As the `kaggle` command asks for a list of notebooks, which has shorter pages than others.
ALL_KERNELS = {
    "group": "EVERYONE",
    "language": "all",
    "kernelType": "all",
    "outputType": "all",
    "pageSize": 100,
}

Value = TypeVar("Value")


def connect(
    environment: Mapping[str, str],
    *,
    home: Path,
    http: Http,
    progress: Progress | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Client:
    """A client with the credentials that ``environment`` and the home folder hold."""
    found = find_credentials(environment, home=home)
    base = base_of(environment)
    return Client(Transport(http, base=base, found=found, progress=progress, sleep=sleep))


class Client:
    """The calls.  Threads may share it."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def credential(self) -> Credential | None:
        """What is used to sign in; None: nothing."""
        return self._transport.credential

    @property
    def rejected(self) -> tuple[str, ...]:
        """The places of credentials that Kaggle did not take so far."""
        return self._transport.rejected

    def who_am_i(self) -> str:
        """The name of the account that is signed in."""
        subject = Subject(kind="account", handle="")
        fields = self._transport.call("api.v1.DiagnosticsService/Hello", {}, subject=subject)
        return _needed(fields.text("userName"), "userName", subject)

    def dataset(self, handle: str) -> Dataset:
        """A data set, its current version, and those that Kaggle lists."""
        subject, body = dataset_call(handle)
        fields = self._transport.call(f"{DATASETS}/GetDataset", body, subject=subject)
        listed = (one.number("versionNumber") for one in fields.objects("versions"))
        return Dataset(
            handle=fields.text("ref") or handle,
            id=fields.number("id") or 0,
            title=fields.text("title") or handle,
            version=_needed(fields.number("currentVersionNumber"), "version", subject),
            versions=tuple(sorted((one for one in listed if one), reverse=True)),
            size=fields.number("totalBytes"),
            updated=fields.text("lastUpdated"),
            licence=fields.text("licenseName"),
            is_private=fields.truth("isPrivate") or False,
        )

    def dataset_files(self, handle: str, *, version: int | None = None) -> Iterator[Entry]:
        """All files of a version, page by page."""
        subject, body = dataset_call(handle, version=version)
        for page in self._pages(f"{DATASETS}/ListDatasetFiles", body, subject=subject):
            yield from _entries(page, "datasetFiles", size="totalBytes")

    def datasets_called(self, slug: str) -> tuple[str, ...]:
        """The handles of data sets with this slug that a search finds, by votes, at most a page."""
        subject = Subject(kind="dataset", handle=slug)
        body = {"search": slug, "sortBy": "DATASET_SORT_BY_VOTES"}
        found = self._transport.call(f"{DATASETS}/ListDatasets", body, subject=subject)
        refs = [one.text("ref") or "" for one in found.objects("datasets")]
        return tuple(ref for ref in refs if ref.rpartition("/")[2].lower() == slug.lower())

    def dataset_tree(
        self, handle: str, *, version: int | None = None, folder: str = ""
    ) -> Iterator[Tree]:
        """One folder of a version, page by page."""
        subject, body = dataset_call(handle, version=version)
        call = {**body, "path": folder} if folder else body
        for page in self._pages(f"{DATASETS}/ListTreeDatasetFiles", call, subject=subject):
            folders = [one.text("name") for one in page.objects("directories")]
            files = _entries(page, "files", size="totalBytes")
            inside = f"{folder.rstrip('/')}/" if folder else ""
            yield Tree(
                folders=tuple(name for name in folders if name),
                files=tuple(Entry(name=inside + one.name, size=one.size) for one in files),
            )

    def dataset_address(
        self, handle: str, *, version: int | None = None, file: str | None = None
    ) -> Address:
        """Where a version's archive (zip) is, or one of its files (by itself, or zipped)."""
        subject, body = dataset_call(handle, version=version)
        body = {**body, "fileName": file} if file else body
        return self._transport.address(f"{DATASETS}/DownloadDataset", body, subject=subject)

    def competition_files(self, slug: str) -> Iterator[Entry]:
        """All files of a competition, page by page."""
        subject, body = competition_call(slug)
        for page in self._pages(f"{COMPETITIONS}/ListDataFiles", body, subject=subject):
            yield from _entries(page, "files", size="totalBytes")

    def competition_address(self, slug: str, *, file: str | None = None) -> Address:
        """Where a competition's archive (zip) is, or one of its files."""
        subject, body = competition_call(slug)
        if file:
            call, body = "DownloadDataFile", {**body, "fileName": file}
        else:
            call = "DownloadDataFiles"
        return self._transport.address(f"{COMPETITIONS}/{call}", body, subject=subject)

    def kernel(self, handle: str, *, version: int | None = None) -> Kernel:
        """A notebook or script: its source, and what it needs."""
        subject, body = kernel_call(handle, version=version)
        fields = self._transport.call(f"{KERNELS}/GetKernel", body, subject=subject)
        said, blob = fields.object("metadata"), fields.object("blob")
        newest = said.number("currentVersionNumber")
        return Kernel(
            handle=said.text("ref") or handle,
            id=said.number("id") or 0,
            title=said.text("title") or handle,
            version=version or newest,
            newest=newest,
            source=_needed(blob.text("source"), "source", subject),
            language=(blob.text("language") or said.text("language") or "python").lower(),
            kind=(blob.text("kernelType") or said.text("kernelType") or "notebook").lower(),
            is_private=said.truth("isPrivate"),
            has_gpu=said.truth("enableGpu"),
            has_tpu=said.truth("enableTpu"),
            has_internet=said.truth("enableInternet"),
            keywords=said.texts("categoryIds"),
            datasets=said.texts("datasetDataSources"),
            competitions=said.texts("competitionDataSources"),
            kernels=said.texts("kernelDataSources"),
            models=said.texts("modelDataSources"),
            image=said.text("dockerImage"),
            machine=said.text("machineShape"),
            last_run=said.text("lastRunTime"),
        )

    def kernels(self, *, user: str = "", search: str = "") -> Iterator[KernelEntry]:
        """The notebooks and scripts of a user that a search finds, page by page; "": of all."""
        subject = Subject(kind="kernel", handle=user or search)
        named = {name: text for name, text in (("user", user), ("search", search)) if text}
        for page in self._pages(f"{KERNELS}/ListKernels", ALL_KERNELS | named, subject=subject):
            for one in page.objects("kernels"):
                if handle := one.text("ref"):
                    title, last_run = one.text("title") or handle, one.text("lastRunTime")
                    yield KernelEntry(handle=handle, title=title, last_run=last_run)

    def kernel_output(self, handle: str, *, version: int | None = None) -> Iterator[Output]:
        """The files that a version's run left, each with its address, page by page."""
        subject, body = kernel_call(handle, version=version)
        for page in self._pages(f"{KERNELS}/ListKernelSessionOutput", body, subject=subject):
            for one in page.objects("files"):
                name, url = one.text("fileName"), one.text("url")
                if name and url:
                    yield Output(name=name, address=Address(url=url))

    def kernel_files(self, handle: str, *, version: int | None = None) -> Iterator[Entry]:
        """The names and sizes of the files that a version's run left, page by page."""
        subject, body = kernel_call(handle, version=version)
        for page in self._pages(f"{KERNELS}/ListKernelFiles", body, subject=subject):
            yield from _entries(page, "files", size="size")

    def kernel_log(self, handle: str, *, version: int | None = None) -> str | None:
        """What a version's run printed, as Kaggle keeps it; None if it kept nothing."""
        subject, body = kernel_call(handle, version=version)
        call = f"{KERNELS}/ListKernelSessionOutput"
        return self._transport.call(call, {**body, "pageSize": 1}, subject=subject).text("log")

    def kernel_output_address(
        self, handle: str, *, version: int | None = None, file: str | None = None
    ) -> Address:
        """Where the archive (zip) of a version's output is, or one of its files."""
        subject, named = kernel_call(handle, version=version)
        body = {"ownerSlug": named["userName"], "kernelSlug": named["kernelSlug"]}
        if version:
            body["versionNumber"] = version
        if file:
            body["filePath"] = file
        return self._transport.address(f"{KERNELS}/DownloadKernelOutput", body, subject=subject)

    def model(self, handle: str) -> Model:
        """A model's variation, and its current version."""
        subject, body = model_call(handle)
        fields = self._transport.call(f"{MODELS}/GetModelInstance", body, subject=subject)
        return Model(
            handle=handle,
            id=fields.number("id") or 0,
            version=_needed(fields.number("versionNumber"), "version", subject),
            size=fields.number("totalUncompressedBytes"),
            licence=fields.text("licenseName"),
        )

    def model_versions(self, handle: str) -> Iterator[int]:
        """All versions of a model's variation, newest first, page by page."""
        subject, body = model_call(handle)
        for page in self._pages(f"{MODELS}/ListModelInstanceVersions", body, subject=subject):
            for one in page.object("versionList").objects("versions"):
                number = one.number("versionNumber")
                if number:
                    yield number

    def model_files(self, handle: str, *, version: int) -> Iterator[Entry]:
        """All files of a version, page by page."""
        subject, body = model_call(handle, version=version)
        for page in self._pages(f"{MODELS}/ListModelInstanceVersionFiles", body, subject=subject):
            yield from _entries(page, "files", size="size")

    def model_address(self, handle: str, *, version: int, file: str | None = None) -> Address:
        """Where a version's archive (tar.gz) is, or one of its files."""
        subject, body = model_call(handle, version=version)
        body = {**body, "path": file} if file else body
        return self._transport.address(
            f"{MODELS}/DownloadModelInstanceVersion", body, subject=subject
        )

    def _pages(
        self, call: str, body: Mapping[str, object], *, subject: Subject
    ) -> Iterator[Fields]:
        seen: set[str] = set()
        paging: dict[str, object] = {"pageSize": LONGEST_PAGE}
        while True:
            page = self._transport.call(call, {**paging, **body}, subject=subject)
            yield page
            token = page.text("nextPageToken")
            if token is None:
                return
            if token in seen:
                raise ServiceError(f"Kaggle's list about {subject} never ends")
            seen.add(token)
            paging["pageToken"] = token


def _entries(page: Fields, name: str, *, size: str) -> Iterator[Entry]:
    for one in page.objects(name):
        called = one.text("name")
        if called:
            yield Entry(name=called, size=one.number(size))


def _needed(value: Value | None, name: str, subject: Subject) -> Value:
    if value is None:
        raise ServiceError(f"Kaggle's answer for {subject} has no {name}")
    return value
