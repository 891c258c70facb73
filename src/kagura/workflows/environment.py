"""The environment of a run: its base, the project's layer, and what the notebook imports beyond."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kagura.env.base import ReadyBase, known_base, ready_base
from kagura.env.delta import Wanted, wanted
from kagura.env.layer import ReadyLayer, known_layer, ready_layer
from kagura.env.site import Site
from kagura.model.base import Layer
from kagura.store.objects import StoredObject
from kagura.workflows.plan import Plan

__all__ = ["Environment", "known_environment", "ready_environment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What a run runs on, ready in the store; ``over`` is what its notebook needs beyond.

    ``top`` is the base with the project's layer (the base itself where there is none); ``extra``
    the layer of what the notebook imports beyond that.
    """

    ready: ReadyBase
    project: ReadyLayer | None
    top: ReadyBase
    extra: ReadyLayer | None
    over: Wanted

    @property
    def objects(self) -> tuple[StoredObject, ...]:
        """Everything of the store that it consists of, bottom first."""
        more = (self.extra.item,) if self.extra and self.extra.item else ()
        return (self.top.item, *self.top.layers, *more)

    @property
    def layer(self) -> Layer | None:
        """All that lies over the base, told as one layer."""
        if self.project is None or self.extra is None:
            found = self.project or self.extra
            return found.layer if found else None
        below, above = self.project.layer, self.extra.layer
        changed = {package.name: package for package in (*below.changed, *above.changed)}
        added = {package.name: package for package in (*below.added, *above.added)}
        # What the project added and the notebook's needs changed was not in the base.
        added |= {name: changed.pop(name) for name in set(added) & set(changed)}
        return Layer(
            digest=above.digest,
            base=below.base,
            requirements=(*below.requirements, *above.requirements),
            added=tuple(sorted(added.values())),
            changed=tuple(sorted(changed.values())),
            left_out=(*below.left_out, *above.left_out),
            removed=below.removed,
        )


def ready_environment(
    planned: Plan, *, site: Site, extra: tuple[str, ...], strict: bool
) -> Environment:
    """Everything that a run needs, built where it is not there; held by leases of the site.

    ``extra`` are the user's own requirements for this run.  Raises UsageError (a project's
    requirements), ServiceError and MachineError.
    """
    if planned.environment == "project" and planned.project is not None:
        # Imported late: most runs are of no project.
        from kagura.workflows.sync import ready_project

        ready, layer = ready_project(planned.project, site=site)
    else:
        ready, layer = ready_base(planned.choice.era, site=site, strict=strict), None
        extra = (*extra, *planned.requirements)
    return _environment(planned, ready, layer, extra, site, ready_layer)


def known_environment(
    planned: Plan, *, site: Site, extra: tuple[str, ...], strict: bool
) -> Environment | None:
    """What of it is in the store, None if the base or a project's layer is not; builds nothing."""
    if planned.environment == "project" and planned.project is not None:
        from kagura.workflows.sync import known_project

        known = known_project(planned.project, site=site)
        if known is None:
            return None
        return _environment(planned, *known, extra, site, known_layer)
    ready = known_base(planned.choice.era, site=site, strict=strict)
    if ready is None:
        return None
    return _environment(planned, ready, None, (*extra, *planned.requirements), site, known_layer)


def _environment(
    planned: Plan,
    ready: ReadyBase,
    layer: ReadyLayer | None,
    extra: tuple[str, ...],
    site: Site,
    find: Callable[..., ReadyLayer | None],
) -> Environment:
    top = ready
    if layer is not None:
        from kagura.env.stack import stacked

        top = stacked(ready, layer)
    era = planned.choice.era
    over = wanted(planned.needs, top.base, era, extra=extra, without=_without(planned))
    more = find(over.requirements, over=top, era=era, site=site) if over.requirements else None
    return Environment(ready=ready, project=layer, top=top, extra=more, over=over)


def _without(planned: Plan) -> tuple[str, ...]:
    return planned.project.without if planned.project else ()
