"""Mends for old packages whose metadata or build today's tools refuse, as a uv configuration."""

from __future__ import annotations

from datetime import date

from kagura.env.catalog import DATA

__all__ = ["config_toml"]

BUILD_TOOLS = {"setuptools": date(2019, 4, 1), "wheel": date(2019, 4, 1)}
"""uv builds what has no pyproject.toml with setuptools>=40.8.0, which is of February 2019."""


def config_toml(day: date | None = None) -> str:
    """The text of a ``uv.toml``: static metadata, and build tools for eras before their time.

    ``day`` is the day as of which packages are taken.  The file goes to uv by
    ``--config-file``; where the metadata comes from is told in ``data/metadata-mends.toml``.
    """
    mends = (DATA / "metadata-mends.toml").read_text("utf-8")
    late = {name: since for name, since in BUILD_TOOLS.items() if day is not None and day < since}
    if not late:
        return mends
    lines = "".join(f'{name} = "{since}T00:00:00Z"\n' for name, since in late.items())
    return f"{mends}\n[exclude-newer-package]\n{lines}"
