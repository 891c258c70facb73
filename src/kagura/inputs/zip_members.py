"""The files of a zip archive as they can be trusted: names, places, sizes, sums; compact."""

from __future__ import annotations

import stat
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, overload

from kagura.inputs.safety import LIMITS, Limits, Names, bad_archive, member_path, too_long
from kagura.inputs.zip_directory import DEFLATED, STORED, BadDirectory, Entry, entries, locate
from kagura.inputs.zip_names import decoded

__all__ = ["Member", "Members", "NoZip", "UnusualArchive", "members_of"]

HEADER = 30
TAIL = 66 << 10


class UnusualArchive(Exception):  # noqa: N818 - it is no error: another way serves it
    """What is to be fetched another way: packed by a method that is seldom seen."""


class NoZip(UnusualArchive):
    """It does not end as a zip archive does."""


class Member(NamedTuple):
    """One file: its ``path``; the bytes of the archive from its header to its end.

    ``packed`` and ``size`` are in bytes, without and with inflating; ``crc`` is of the content.
    """

    path: str
    first: int
    end: int
    packed: int
    size: int
    crc: int
    method: int


class Members(Sequence[Member]):
    """The files of an archive in the order of their bytes; some 50 bytes each, and the name."""

    def __init__(self) -> None:
        self._names = bytearray()
        self._name_ends = array("Q")
        self._numbers = array("Q")  # first, end, packed, size
        self._sums = array("L")
        self._methods = bytearray()

    def append(self, member: Member) -> None:
        """Add a file that lies behind the others."""
        self._names += member.path.encode()
        self._name_ends.append(len(self._names))
        self._numbers.extend(member[1:5])
        self._sums.append(member.crc)
        self._methods.append(member.method)

    def end_at(self, ends: array[int]) -> int | None:
        """Let each file end at its place in ``ends``; the number of the first that is longer."""
        self._numbers[1::4] = ends
        places = zip(self._numbers[0::4], self._numbers[2::4], ends, strict=True)
        wrong = (
            at for at, (first, packed, end) in enumerate(places) if first + HEADER + packed > end
        )
        return next(wrong, None)

    def __len__(self) -> int:
        return len(self._methods)

    @overload
    def __getitem__(self, index: int) -> Member: ...
    @overload
    def __getitem__(self, index: slice) -> list[Member]: ...
    def __getitem__(self, index: int | slice) -> Member | list[Member]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        begin = self._name_ends[index - 1] if index else 0
        path = self._names[begin : self._name_ends[index]].decode()
        first, end, packed, size = self._numbers[index * 4 : index * 4 + 4]
        return Member(path, first, end, packed, size, self._sums[index], self._methods[index])

    def __iter__(self) -> Iterator[Member]:
        numbers, begin = iter(self._numbers), 0
        fours = zip(numbers, numbers, numbers, numbers, strict=True)
        for end, four, crc, method in zip(
            self._name_ends, fours, self._sums, self._methods, strict=True
        ):
            yield Member(self._names[begin:end].decode(), *four, crc, method)
            begin = end

    @property
    def span(self) -> int:
        """How many bytes of the archive they take."""
        return sum(self._numbers[1::4]) - sum(self._numbers[0::4])

    @property
    def size(self) -> int:
        """How many bytes they are, unpacked."""
        return sum(self._numbers[3::4])

    @property
    def starts(self) -> array[int]:
        """Where each begins."""
        return self._numbers[0::4]

    def in_order(self) -> Members:
        """The same, in the order of their bytes."""
        starts, found = self.starts, Members()
        for number in sorted(range(len(starts)), key=starts.__getitem__):
            found.append(self[number])
        return found

    def where(self, is_wanted: Callable[[Member], bool]) -> Members:
        """Those of them that are wanted."""
        found = Members()
        for member in self:
            if is_wanted(member):
                found.append(member)
        return found


def members_of(
    read: Callable[[int, int], bytes],
    *,
    size: int,
    title: str,
    limits: Limits = LIMITS,
    ignores_case: bool = False,
) -> Members:
    """The files of an archive of ``size`` bytes, of which ``read`` gives a range.

    Raises ServiceError for a broken or hostile archive, UnusualArchive.
    """
    try:
        directory = locate(read(max(size - TAIL, 0), size), size)
        if directory is None:
            raise NoZip
        listed = entries(read(directory.first, directory.end), directory)
        names = Names(title, limits=limits, ignores_case=ignores_case)
        members, starts = _checked(listed, size=size, title=title, limits=limits, names=names)
        return _in_place(members, starts, directory.first, title)
    except BadDirectory as error:
        raise bad_archive(title, f"it {error}") from error


def _checked(
    listed: Iterator[Entry], *, size: int, title: str, limits: Limits, names: Names
) -> tuple[Members, array[int]]:
    """The files in the directory's order, and where each entry, folders too, begins."""
    members, starts, total = Members(), array("Q"), 0
    most = limits.most(size)
    for entry in listed:
        name = decoded(entry.raw_name, is_utf8=entry.is_utf8)
        path = member_path(name, title, is_folder=name.endswith("/"))
        if entry.kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise bad_archive(title, f"its member {path!r} is a link or a device, and no file")
        if entry.is_encrypted:
            raise bad_archive(title, f"its member {path!r} is encrypted")
        if entry.first >= size or entry.packed > size:
            raise bad_archive(title, f"its member {path!r} is not within it")
        starts.append(entry.first)
        if name.endswith("/"):
            names.add_folder(path)
            continue
        names.add_file(path)
        total += entry.size
        if total > most:
            raise too_long(title, most)
        if entry.method not in (STORED, DEFLATED):
            raise UnusualArchive
        members.append(
            Member(path, entry.first, 0, entry.packed, entry.size, entry.crc, entry.method)
        )
    return members, starts


def _in_place(members: Members, starts: array[int], end: int, title: str) -> Members:
    """The files in the order of their bytes, each with where the next one begins."""
    order = array("Q", sorted(starts))
    order.append(end)
    if order[:-1] != starts:
        members = members.in_order()
    ends = array("Q", (order[bisect_left(order, first) + 1] for first in members.starts))
    wrong = members.end_at(ends)
    if wrong is not None:
        raise bad_archive(title, f"its member {members[wrong].path!r} runs into the next one")
    return members
