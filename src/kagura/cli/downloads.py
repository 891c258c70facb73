"""The options of every command that may download: how fast, and how much at most."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from kagura.inputs.terms import Terms

__all__ = ["download_options", "terms_of"]

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


class Size(click.ParamType[int]):
    """A number of bytes: ``500k``, ``20M``, ``1.5G``."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of bytes."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?(?:/s)?\s*", value.lower())
        if not found or float(found[1]) <= 0:
            self.fail(f"{value!r} is no size: write it as 500k, 20M or 1.5G", param, ctx)
        return int(float(found[1]) * UNITS[found[2]])


def download_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--limit-rate`` and ``--max-size``."""
    most = click.option(
        "--max-size",
        type=Size(),
        metavar="SIZE",
        envvar="KAGURA_MAX_SIZE",
        help="How much an archive may unpack to, as 500G: instead of the limit against bombs, "
        "200 times its own size and more than 1 GiB. [env: KAGURA_MAX_SIZE]",
    )
    rate = click.option(
        "--limit-rate",
        type=Size(),
        metavar="RATE",
        envvar="KAGURA_LIMIT_RATE",
        help="Download at most so many bytes a second, as 5M. [env: KAGURA_LIMIT_RATE]",
    )
    return rate(most(command))


def terms_of(limit_rate: int | None, max_size: int | None) -> Terms | None:
    """What the options say, if they say anything."""
    if limit_rate is None and max_size is None:
        return None
    from kagura.inputs.pace import Pace
    from kagura.inputs.safety import Limits
    from kagura.inputs.terms import Terms

    pace = Pace(limit_rate) if limit_rate else None
    return Terms(limits=Limits(size=max_size), pace=pace)
