"""The object store's answers: bytes and ranges of them, at the pace and with the faults wanted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from aiohttp import web

from kagura.testing.bucket import Bucket, StoredObject
from kagura.testing.faults import Change, Drop, Fault, Faults, Lie, NoRanges, Refuse, Stall
from kagura.testing.waiting import Arrivals, hang_up, until_gone

__all__ = ["ObjectServer"]

RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")
SIGNED_PATH = re.compile(r"/kf/\d+/([0-9a-f]+)/")
PIECE = 2**22

# A limit of the rate is kept by pieces of so many seconds' worth.
TICK = 0.005


@dataclass(slots=True, kw_only=True)
class ObjectServer:
    """Serves a bucket; ``bandwidth`` is in bytes a second, for each connection (None: all)."""

    bucket: Bucket
    faults: Faults
    bandwidth: int | None = None

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET of a signed address."""
        in_path = SIGNED_PATH.match(request.path)
        signature = in_path[1] if in_path else request.query.get("X-Goog-Signature", "")
        stored = self.bucket.find(signature)
        if stored is None:
            return _error(400, "ExpiredToken", "The provided token has expired.")
        if request.method != "GET":
            return _error(403, "SignatureDoesNotMatch", "This address was signed for GET.")
        if "Authorization" in request.headers:
            return _error(400, "InvalidArgument", "Only one auth mechanism allowed.")
        faults = self.faults.due(stored.handle, stored.name)
        stored.requests += 1
        for fault in faults:
            if isinstance(fault, Refuse):
                extra = {"Retry-After": fault.retry_after} if fault.retry_after else {}
                return _error(fault.status, "Refused", fault.message, extra=extra)
        return await self._serve(stored, request, faults)

    async def _serve(
        self, stored: StoredObject, request: web.BaseRequest, faults: Sequence[Fault]
    ) -> web.StreamResponse:
        size = stored.path.stat().st_size
        lie = sum(fault.by for fault in faults if isinstance(fault, Lie))
        has_ranges = not any(isinstance(fault, NoRanges) for fault in faults)
        if request.headers.get("If-Match", stored.etag) != stored.etag:
            return _error(412, "PreconditionFailed", "The object has changed.")
        wanted = _range(request, stored, size=size) if has_ranges else None
        if wanted == (0, 0):
            headers = {"Content-Range": f"bytes */{size + lie}"}
            return _error(416, "InvalidRange", "The range cannot be satisfied.", extra=headers)
        first, end = wanted or (0, size)
        response = web.StreamResponse(status=206 if wanted else 200)
        if wanted:
            response.headers["Content-Range"] = f"bytes {first}-{end - 1}/{size + lie}"
            response.content_length = end - first
        else:
            response.content_length = size + lie
            end = min(end, size + lie)
        if has_ranges:
            response.headers["Accept-Ranges"] = "bytes"
        response.headers["ETag"] = stored.etag
        response.headers["Last-Modified"] = stored.modified
        response.content_type = stored.content_type
        for value in stored.hashes:
            response.headers.add("x-goog-hash", value)
        await response.prepare(request)
        stored.ranges.append((first, end))
        with stored.path.open("rb") as file:
            is_whole = await self._send(request, stored, file, (first, end), faults)
        if not is_whole or (lie > 0 and not wanted):
            hang_up(request)
        return response

    async def _send(
        self,
        request: web.BaseRequest,
        stored: StoredObject,
        file: IO[bytes],
        wanted: tuple[int, int],
        faults: Sequence[Fault],
    ) -> bool:
        first, end = wanted
        limits = [fault.after for fault in faults if isinstance(fault, Drop | Stall)]
        stop = min([end - first, *limits]) + first
        changes = [fault for fault in faults if isinstance(fault, Change)]
        piece = PIECE if self.bandwidth is None else max(1, int(self.bandwidth * TICK))
        if changes:
            piece = min(piece, 2**14)
        loop, begin = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        at = first
        with closing(Arrivals(request)) as arrivals:
            try:
                while at < stop:
                    if request.transport is None or request.transport.is_closing():
                        return False
                    count = min(piece, stop - at)
                    await loop.sendfile(request.transport, file, at, count)
                    at += count
                    stored.served += count
                    for change in [one for one in changes if stored.served >= one.after]:
                        self._change(stored, change)
                        changes.remove(change)
                    if self.bandwidth is not None:
                        await asyncio.sleep(begin + (at - first) / self.bandwidth - loop.time())
            finally:
                if at < stop:  # the client is gone: what still waited here was never fetched
                    stored.served += arrivals.count() - (at - first)
        if any(isinstance(fault, Stall) for fault in faults) and stop < end:
            await until_gone(request)
        return stop == end

    def _change(self, stored: StoredObject, change: Change) -> None:
        content = change.content
        stored.replace(content if isinstance(content, Path) else self.bucket.write(content))


def _range(request: web.BaseRequest, stored: StoredObject, *, size: int) -> tuple[int, int] | None:
    """First byte and the end of what is asked for; None: all of it; (0, 0): not to be had."""
    asked = RANGE.match(request.headers.get("Range", ""))
    if not asked or not (asked[1] or asked[2]):
        return None
    if request.headers.get("If-Range", stored.etag) not in (stored.etag, stored.modified):
        return None
    if not asked[1]:
        first, end = max(0, size - int(asked[2])), size
    else:
        first, end = int(asked[1]), min(size, int(asked[2] or size - 1) + 1)
    return (first, end) if first < end else (0, 0)


def _error(
    status: int, code: str, message: str, *, extra: dict[str, str] | None = None
) -> web.Response:
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}"
    return web.Response(
        status=status,
        text=f"{body}</Message></Error>",
        content_type="application/xml",
        headers=extra,
    )
