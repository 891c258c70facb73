"""Connections: staying silent on one, and closing one."""

from __future__ import annotations

import asyncio

from aiohttp import web

__all__ = ["hang_up", "until_gone"]


async def until_gone(request: web.BaseRequest) -> None:
    """Say nothing until the other side has had enough."""
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.05)


def hang_up(request: web.BaseRequest) -> None:
    """Close the connection; what was handed to it is still sent, so counts are exact."""
    if request.transport is not None:
        request.transport.close()
