"""The stand-in itself: two ports on loopback, a catalogue that tests fill, and its counts."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Literal, Self

from aiohttp import web

from kagura.testing.bucket import StoredObject
from kagura.testing.faults import Fault, Faults
from kagura.testing.serve_api import ApiServer, Received
from kagura.testing.serve_objects import ObjectServer
from kagura.testing.stock import Stock

__all__ = ["Standin"]

USER, KEY, TOKEN, REFRESH = "tester", "a-key-of-the-stand-in", "KGAT_of_the_stand-in", "refresh"


class Standin(Stock):
    """A server that plays Kaggle for the programs of a test.  Use it with ``with``.

    Nothing is held in memory: archives are made in a temporary folder.  All methods may be
    called at any time, also while it serves.  ``user``, ``key`` and ``token`` are what it
    accepts.
    """

    def __init__(self, *, bandwidth: int | None = None) -> None:
        self.user, self.key, self.token, self.refresh_token = USER, KEY, TOKEN, REFRESH
        self.credentials = {TOKEN: USER, f"{USER}:{KEY}": USER, REFRESH: USER}
        self._temporary = tempfile.TemporaryDirectory(prefix="kaggle-standin-")
        super().__init__(Path(self._temporary.name))
        self._faults = Faults()
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
        self._temporary.cleanup()

    def environment(
        self, *, credential: Literal["token", "key", "none"] = "token"
    ) -> dict[str, str]:
        """Variables that send Kaggle's own programs, and kagura, here.

        ``credential`` is how they sign in.  ``token`` beats whatever the home folder holds;
        ``key`` (name and key) and ``none`` are beaten by a token that is saved there.
        """
        proxy = f"http://127.0.0.1:{self.port}"
        signed_in = {
            "token": {"KAGGLE_API_TOKEN": self.token},
            # An empty one counts as none, and keeps a real one out.
            "key": {
                "KAGGLE_API_TOKEN": "",
                "KAGGLE_USERNAME": self.user,
                "KAGGLE_KEY": self.key,
            },
            "none": {"KAGGLE_API_TOKEN": ""},
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
        """The objects of a handle that addresses were given of, with what was served of each."""
        self._settle()
        objects = self._bucket.objects.values()
        return [one for one in objects if one.handle == handle and one.addresses]

    def served(self, handle: str) -> int:
        """Bytes of bodies that were sent of a handle's objects."""
        return sum(one.served for one in self.objects(handle))

    def _settle(self) -> None:
        # A client may have its last bytes before the server's loop comes round to count them.
        async def turns() -> None:
            for _ in range(20):
                await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(turns(), self._loop).result()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            if request.path.startswith(("/api/", "/v1/")):
                return await self._api.answer(request)
            return await self._objects.answer(request)
        except ConnectionError:  # the client is gone: nobody hears the answer
            return web.Response()

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
