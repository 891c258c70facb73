"""Records as JSON: one document, indented, ending in a newline."""

from __future__ import annotations

import dataclasses
import json

__all__ = ["as_json"]


def as_json(record: object) -> str:
    """A record, or a tuple of records, as JSON.  Dates become ISO 8601."""
    text = json.dumps(record, indent=2, ensure_ascii=False, default=_plain) + "\n"
    # A name that is not UTF-8 has half surrogates, which no encoding has: as escapes they are JSON.
    return text.encode("utf-8", "backslashreplace").decode()


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)
