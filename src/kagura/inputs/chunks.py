"""Which bytes of an archive are asked for together: neighbours in one range; big members alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kagura.inputs.zip_members import Member

__all__ = ["BIG", "Chunk", "chunks"]

# A range this long takes longer than asking for it; a longer one is too much to lose.
LONG = 4 << 20
BIG = 16 << 20


@dataclass(frozen=True, slots=True)
class Chunk:
    """Members that lie one behind the other."""

    members: tuple[Member, ...]

    @property
    def first(self) -> int:
        """Where its bytes begin."""
        return self.members[0].first

    @property
    def end(self) -> int:
        """Where they end."""
        return self.members[-1].end


def chunks(members: Iterable[Member]) -> list[Chunk]:
    """The members, in the order of their bytes, as chunks; one that is long is one by itself."""
    found: list[Chunk] = []
    open_: list[Member] = []
    for member in members:
        is_next = bool(open_) and open_[-1].end == member.first
        if open_ and (not is_next or member.end - open_[0].first > LONG):
            found.append(Chunk(tuple(open_)))
            open_ = []
        open_.append(member)
    if open_:
        found.append(Chunk(tuple(open_)))
    return found
