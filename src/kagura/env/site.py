"""Where environments are built: a store, an engine to build in, and who hears of progress."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

from kagura.engines.base import Engine, Reason
from kagura.env.reach import wanted_isolation
from kagura.errors import MachineError
from kagura.model.sandbox import Network
from kagura.progress import Progress
from kagura.store.objects import Store, StoredObject

__all__ = ["Site"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every builder needs.  ``leases`` are given back when the stack is closed.

    ``held`` are the objects that are leased: what the work uses of the store.
    ``offline``: what is built comes from uv's cache, and nobody is asked.
    """

    store: Store
    engine: Engine
    progress: Progress
    leases: ExitStack = field(default_factory=ExitStack)
    held: list[StoredObject] = field(default_factory=list)
    offline: bool = False
    _told: list[str] = field(default_factory=list)

    def network(self, *, internet: bool = True) -> Network:
        """What of the network a sandbox gets; without internet, none.

        Where the host's loopback cannot be kept out of reach, that is told once; not where the
        programs for it are absent: ``doctor`` tells that.
        """
        if not internet:
            return "none"
        try:
            wanted = wanted_isolation()
            reason = self.engine.why_not_isolated(wanted)
        except MachineError as error:
            reason = Reason(why=error.message, mend=error.hint or "")
        if reason is None:
            return wanted
        if not reason.absent and not self._told:
            self._told.append(reason.why)
            text = f"services of this machine's loopback are within reach inside: {reason.why}"
            self.progress.warn(text, hint=reason.mend)
        return "host"

    def hold(self, item: StoredObject) -> bool:
        """Take a lease on an object; False if somebody removed it before that."""
        lease = self.store.lease(item)
        if self.store.find(item.kind, item.digest) is None:
            # Kept, it would shut out its own holder, who now builds the object again.
            lease.release()
            return False
        self.leases.callback(lease.release)
        self.held.append(item)
        return True
