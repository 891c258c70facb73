"""The Lab's own environment: JupyterLab for kagura's own Python, once in the store for everybody.

It is apart from every project's: no ``pip install`` in a cell can break the server, and the newest
Lab serves the kernel of a Python 3.6.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import date

from kagura.env.base import ready_base
from kagura.env.base_option import plain_era
from kagura.env.layer import ready_layer
from kagura.env.root import TOOLS
from kagura.env.site import Site
from kagura.errors import ServiceError
from kagura.model.sandbox import Overlay

__all__ = ["LAB", "ReadyLab", "ready_lab"]

# All packages are as of this day: to move it is to offer a newer Lab.
AS_OF = date(2026, 11, 1)
REQUIREMENTS = (
    "jupyterlab>=4.4,<5",
    "jupyter-collaboration>=4.4",
    "jupyterlab-widgets>=3,<4",
    "jupyter-resource-usage>=1.1",
    "jupyterlab-nvdashboard",
    "nbdime>=4",
)
LAB = f"{TOOLS}/lab"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyLab:
    """The Lab in the store, held by a lease; ``packages`` is its folder for ``sys.path`` inside."""

    mount: Overlay
    packages: str


def ready_lab(site: Site) -> ReadyLab:
    """The Lab's environment, built if it is not there; held by leases of the site.

    It is of the same minor version as kagura's own Python, which runs it inside.  Raises
    ServiceError (index) or MachineError (disk).
    """
    minor = f"3.{sys.version_info.minor}"
    era = plain_era(f"python={minor}", day=AS_OF)
    base = ready_base(era, site=site, strict=False)
    layer = ready_layer(REQUIREMENTS, over=base, era=era, site=site)
    if layer.item is None or layer.layer.left_out:
        missing = ", ".join(f"{item.requirement} ({item.why})" for item in layer.layer.left_out)
        raise ServiceError(f"JupyterLab cannot be installed: {missing}")
    # bwrap wants the lowest first.
    lowers = (os.fspath(base.item.tree), os.fspath(layer.item.tree))
    return ReadyLab(
        mount=Overlay(target=LAB, lowers=lowers),
        packages=f"{LAB}/lib/python{minor}/site-packages",
    )
