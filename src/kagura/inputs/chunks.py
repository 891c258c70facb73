"""Which bytes of an archive are asked for together: neighbours in one range; big members alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kagura.inputs.zip_members import Member, Members

__all__ = ["BIG", "Chunk", "chunks"]

# A member from here on is worth going on with after a break in its middle.
BIG = 16 << 20

# A range ends after so many bytes or members: it is what one worker gets at a time.  Longer ones
# would leave the others without work at the end, shorter ones ask too often.
LONGEST, SHORTEST = 16 << 20, 1 << 20
MOST_MEMBERS = 2000

# So many bytes that nobody wants are read and passed over, rather than a range asked for anew.
GAP = 64 << 10


@dataclass(frozen=True, slots=True)
class Chunk:
    """Members that lie one behind the other: some in the middle of ``members``."""

    members: Members
    begin: int
    stop: int

    def __iter__(self) -> Iterator[Member]:
        return (self.members[number] for number in range(self.begin, self.stop))

    def __len__(self) -> int:
        return self.stop - self.begin

    @property
    def first(self) -> int:
        """Where its bytes begin."""
        return self.members[self.begin].first

    @property
    def end(self) -> int:
        """Where they end."""
        return self.members[self.stop - 1].end


def chunks(members: Members, *, takers: int = 4) -> Iterator[Chunk]:
    """The small members, as chunks in the order of their bytes, for so many to share.

    The last are short, so that all who share them end at about the same time.
    """
    left = sum(member.end - member.first for member in members if member.packed < BIG)
    begin, first, last = 0, 0, -1
    longest = _longest(left, takers)
    for number, member in enumerate(members):
        is_big = member.packed >= BIG
        is_open = last >= 0
        if is_open and (
            is_big
            or member.first - last > GAP
            or member.end - first > longest
            or number - begin >= MOST_MEMBERS
        ):
            yield Chunk(members, begin, number)
            is_open = False
            left -= last - first
            longest = _longest(left, takers)
        if is_big:
            last = -1
            continue
        if not is_open:
            begin, first = number, member.first
        last = member.end
    if last >= 0:
        yield Chunk(members, begin, len(members))


def _longest(left: int, takers: int) -> int:
    return min(max(left // (takers * 2), SHORTEST), LONGEST)
