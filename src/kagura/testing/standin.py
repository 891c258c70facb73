"""The stand-in itself: two ports on loopback, a catalogue that tests fill, and its counts."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Self

from aiohttp import web

from kagura.testing.bucket import Bucket, StoredObject
from kagura.testing.bundle import Bundle, Files
from kagura.testing.catalogue import (
    Catalogue,
    Competition,
    Dataset,
    Kernel,
    KernelVersion,
    Model,
    Version,
)
from kagura.testing.faults import Fault, Faults
from kagura.testing.serve_api import ApiServer, Received
from kagura.testing.serve_objects import ObjectServer

__all__ = ["Standin"]

USER, KEY, TOKEN, REFRESH = "tester", "a-key-of-the-stand-in", "KGAT_of_the_stand-in", "refresh"


class Standin:
    """A server that plays Kaggle for the programs of a test.  Use it with ``with``.

    Nothing is held in memory: archives are made in a temporary folder.  All methods may be
    called at any time, also while it serves.  ``user``, ``key`` and ``token`` are what it
    accepts.
    """

    def __init__(self, *, bandwidth: int | None = None) -> None:
        self.user, self.key, self.token, self.refresh_token = USER, KEY, TOKEN, REFRESH
        self.credentials = {TOKEN: USER, f"{USER}:{KEY}": USER, REFRESH: USER}
        self._folder = tempfile.TemporaryDirectory(prefix="kaggle-standin-")
        self._catalogue, self._faults = Catalogue(), Faults()
        self._bucket = Bucket(Path(self._folder.name))
        self._objects = ObjectServer(bucket=self._bucket, faults=self._faults, bandwidth=bandwidth)
        self._api = ApiServer(
            catalogue=self._catalogue,
            bucket=self._bucket,
            faults=self._faults,
            credentials=self.credentials,
        )
        self._ready: Future[None] = Future()
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event
        self._thread = threading.Thread(target=self._run, name="kaggle-standin", daemon=True)
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.result()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._folder.cleanup()

    def environment(self, *, credential: str = "key") -> dict[str, str]:
        """Variables that send Kaggle's own programs, and kagura, here.

        ``credential`` is how they sign in: ``key`` (name and key), ``token``, or ``none``.
        """
        proxy = f"http://127.0.0.1:{self.port}"
        signed_in = {
            "key": {"KAGGLE_USERNAME": self.user, "KAGGLE_KEY": self.key},
            "token": {"KAGGLE_API_TOKEN": self.token},
            "none": {},
        }
        return {
            "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
            "HTTP_PROXY": proxy,
            "http_proxy": proxy,
            # The API is asked as http://localhost, by the proxy; objects are asked directly.
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            **signed_in[credential],
        }

    def dataset(
        self,
        handle: str,
        files: Files | None = None,
        *,
        version: int = 1,
        archive: Path | None = None,
        is_private: bool = False,
        zipped: Iterable[str] = (),
        has_hash: bool = True,
        lists_versions: bool = True,
    ) -> None:
        """A data set's version, from ``files`` or from a zip ``archive`` that is there.

        ``zipped`` are the files that come zipped when one asks for them alone;
        ``has_hash=False`` serves it as a composite object, without MD5.
        """
        dataset = self._catalogue.datasets.setdefault(
            handle, Dataset(id=self._catalogue.new_id(), handle=handle)
        )
        dataset.is_private, dataset.lists_versions = is_private, lists_versions
        dataset.versions[version] = self._version(
            version, files, archive=archive, has_hash=has_hash, zipped=zipped
        )

    def competition(
        self,
        slug: str,
        files: Files | None = None,
        *,
        archive: Path | None = None,
        has_rules_accepted: bool = True,
        zipped: Iterable[str] = (),
        has_hash: bool = True,
    ) -> None:
        """A competition's data.  Said again, its files change and its addresses don't."""
        version = self._version(1, files, archive=archive, has_hash=has_hash, zipped=zipped)
        known = self._catalogue.competitions.get(slug)
        if known is not None:
            version.id = known.version.id
        self._catalogue.competitions[slug] = Competition(
            id=known.id if known else self._catalogue.new_id(),
            handle=slug,
            has_rules_accepted=has_rules_accepted,
            version=version,
        )

    def kernel(
        self,
        handle: str,
        source: str,
        *,
        version: int = 1,
        title: str | None = None,
        language: str = "python",
        kernel_type: str = "notebook",
        docker_image: str | None = None,
        machine_shape: str | None = None,
        is_private: bool = False,
        datasets: Sequence[str] = (),
        competitions: Sequence[str] = (),
        kernels: Sequence[str] = (),
        models: Sequence[str] = (),
        output: Files | None = None,
        log: str = "",
    ) -> None:
        """A notebook's or script's version: its source, and the files that its run left."""
        slug = handle.partition("/")[2]
        kernel = self._catalogue.kernels.get(handle)
        self._catalogue.kernels[handle] = Kernel(
            id=kernel.id if kernel else self._catalogue.new_id(),
            handle=handle,
            title=title or slug,
            language=language,
            kernel_type=kernel_type,
            is_private=is_private,
            datasets=datasets,
            competitions=competitions,
            kernels=kernels,
            models=models,
            versions=kernel.versions if kernel else {},
        )
        self._catalogue.kernels[handle].versions[version] = KernelVersion(
            number=version,
            id=self._catalogue.new_id(),
            source=source,
            docker_image=docker_image,
            machine_shape=machine_shape,
            output=self._bundle(output or {}),
            log=log,
        )

    def model(
        self,
        handle: str,
        files: Files | None = None,
        *,
        version: int = 1,
        archive: Path | None = None,
        is_gated: bool = False,
        has_hash: bool = True,
    ) -> None:
        """A version of ``owner/model/framework/variation``, from files or from a tar.gz."""
        key = Catalogue.model_key(*handle.split("/"))
        model = self._catalogue.models.setdefault(
            key, Model(id=self._catalogue.new_id(), handle=handle)
        )
        model.is_gated = is_gated
        model.versions[version] = self._version(
            version, files, archive=archive, has_hash=has_hash, form="tar.gz"
        )

    def fail(self, where: str, fault: Fault, *, times: int | None = 1, skip: int = 0) -> None:
        """Let a fault meet ``times`` requests (None: all), after ``skip`` that go well.

        ``where`` is a call (``DownloadDataset``), or whose objects: ``uciml/iris``.
        """
        self._faults.add(where, fault, times=times, skip=skip)

    def recover(self) -> None:
        """No more faults."""
        self._faults.clear()

    def expire(self, handle: str | None = None) -> None:
        """End all signed addresses given so far (of one handle)."""
        self._bucket.expire(handle)

    def limit(self, bandwidth: int | None) -> None:
        """So many bytes a second for each connection (None: as fast as it goes)."""
        self._objects.bandwidth = bandwidth

    @property
    def calls(self) -> list[Received]:
        """The calls that came in, in order."""
        return self._api.received

    def called(self, method: str) -> int:
        """How often a call came in."""
        return sum(call.method == method for call in self.calls)

    def objects(self, handle: str) -> list[StoredObject]:
        """The objects of a handle that were asked for, with the counts of what was served."""
        return [one for one in self._bucket.objects.values() if one.handle == handle]

    def served(self, handle: str) -> int:
        """Bytes of bodies that were sent of a handle's objects."""
        return sum(one.served for one in self.objects(handle))

    def archive(self, handle: str, *, version: int | None = None) -> Path:
        """The archive that is served for a version (else the newest) of a handle."""
        if handle in self._catalogue.competitions:
            return self._catalogue.competitions[handle].version.bundle.archive
        found = self._catalogue.datasets.get(handle) or self._catalogue.models.get(
            Catalogue.model_key(*handle.split("/"))
        )
        if found is None:
            raise KeyError(handle)
        return found.versions[version or max(found.versions)].bundle.archive

    def _version(
        self,
        number: int,
        files: Files | None,
        *,
        archive: Path | None,
        has_hash: bool,
        zipped: Iterable[str] = (),
        form: str = "zip",
    ) -> Version:
        if (files is None) == (archive is None):
            raise ValueError("give either the files or the archive")
        self._catalogue.new_id()
        return Version(
            number=number,
            id=self._catalogue.new_id(),
            bundle=self._bundle(files, archive=archive, form=form),
            has_hash=has_hash,
            zipped=frozenset(zipped),
        )

    def _bundle(
        self, files: Files | None, *, archive: Path | None = None, form: str = "zip"
    ) -> Bundle:
        folder = Path(self._folder.name) / f"bundle-{self._catalogue.new_id()}"
        return Bundle(files, folder=folder, archive=archive, form=form)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith(("/api/", "/v1/")):
            return await self._api.answer(request)
        return await self._objects.answer(request)

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.0)
        await runner.setup()
        for _ in range(2):
            await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port, objects = (address[1] for address in runner.addresses)
        self._bucket.base = f"http://127.0.0.1:{objects}"
        self._ready.set_result(None)
        await self._stopping.wait()
        await runner.cleanup()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # the test's thread waits, and tells it
            if not self._ready.done():
                self._ready.set_exception(error)
            raise
