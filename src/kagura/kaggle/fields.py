"""Reading JSON that somebody else wrote: each field by its type, nothing taken on trust."""

from __future__ import annotations

import json
from collections.abc import Mapping

__all__ = ["Fields", "parse"]


class Fields:
    """A JSON object.  A field that is missing or of another type is absent."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def text(self, name: str) -> str | None:
        """A string that is not empty."""
        value = self._values.get(name)
        return value if isinstance(value, str) and value else None

    def number(self, name: str) -> int | None:
        """A whole number.  (64-bit numbers may come as strings, as protobuf's JSON has them.)"""
        value = self._values.get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def truth(self, name: str) -> bool | None:
        """True or false."""
        value = self._values.get(name)
        return value if isinstance(value, bool) else None

    def texts(self, name: str) -> tuple[str, ...]:
        """The strings of a list."""
        value = self._values.get(name)
        found = value if isinstance(value, list) else []
        return tuple(one for one in found if isinstance(one, str))

    def object(self, name: str) -> Fields:
        """An object in the object; an empty one if there is none."""
        value = self._values.get(name)
        return Fields(value if isinstance(value, dict) else {})

    def objects(self, name: str) -> tuple[Fields, ...]:
        """The objects of a list."""
        value = self._values.get(name)
        found = value if isinstance(value, list) else []
        return tuple(Fields(one) for one in found if isinstance(one, dict))


def parse(body: bytes) -> Fields | None:
    """A body that is a JSON object; None if it is something else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return Fields(value) if isinstance(value, dict) else None
