"""A member's name from its bytes: archives seldom say how they are encoded."""

from __future__ import annotations

__all__ = ["decoded"]


def decoded(raw: bytes, *, is_utf8: bool) -> str:
    """The name: UTF-8 where that is said or fits, else Shift-JIS where it looks so, else CP437."""
    if raw.isascii():
        return raw.decode("ascii")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        if is_utf8:
            return raw.decode("utf-8", "replace")
    try:
        guess = raw.decode("cp932")
    except UnicodeDecodeError:
        return raw.decode("cp437")
    return guess if _is_japanese(guess) else raw.decode("cp437")


def _is_japanese(text: str) -> bool:
    # German by CP437 is also something by Shift-JIS: a lone rare character among Latin letters.
    foreign = [char for char in text if not char.isascii()]
    kana = sum("\u3040" <= char <= "\u30ff" for char in foreign)
    latin = sum(char.isascii() and char.isalpha() for char in text.rpartition(".")[0])
    return kana > 0 or len(foreign) > latin
