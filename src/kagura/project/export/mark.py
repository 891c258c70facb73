"""The first line of an exported file: who wrote it, and by a digest, whether somebody edited it."""

from __future__ import annotations

import hashlib
import re

__all__ = ["is_untouched", "marked"]

LINE = re.compile(r"(?:#|//) Written by `kagura export [a-z]+` \(([0-9a-f]{16})\)")


def marked(text: str, *, kind: str, comment: str = "#") -> str:
    """The text with a first line of ours."""
    return f"{comment} Written by `kagura export {kind}` ({_digest(text)})\n{text}"


def is_untouched(text: str) -> bool:
    """Whether a file is as some export wrote it: then a newer one may take its place."""
    first, _, rest = text.partition("\n")
    found = LINE.match(first)
    return found is not None and found[1] == _digest(rest)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
