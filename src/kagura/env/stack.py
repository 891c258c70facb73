"""A base with a project's layer over it, as one environment: a base to whatever comes on top."""

from __future__ import annotations

from dataclasses import replace

from kagura.env.base import ReadyBase
from kagura.env.layer import ReadyLayer
from kagura.store.objects import digest_of

__all__ = ["stacked"]


def stacked(over: ReadyBase, layer: ReadyLayer | None) -> ReadyBase:
    """The environment of a base and a layer; the base itself if there is no layer.

    Its packages are those that are seen inside; its digest names both.
    """
    if layer is None or layer.item is None:
        return over
    there = {package.name: package for package in over.base.packages}
    there |= {package.name: package for package in (*layer.layer.added, *layer.layer.changed)}
    gone = {package.name for package in layer.layer.removed}
    packages = tuple(there[name] for name in sorted(there) if name not in gone)
    digest = digest_of({"base": over.base.digest, "layers": [layer.layer.digest]})
    return replace(
        over,
        base=replace(over.base, digest=digest, packages=packages),
        layers=(*over.layers, layer.item),
    )
