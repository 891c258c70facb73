"""Shell lines as words: quotes, comments, redirections and chains, without running a shell."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["commands"]

TOKEN = re.compile(
    r"""
    (?P<gap>\s+)
    | (?P<end>&&|\|\|?|;|&(?![>&]))
    | (?P<redirect>(?<!\S)(?:&|\d*)>{1,2}&?\s*[^\s;|&]*)
    | (?P<text>'[^']*' | "(?:\\.|[^"\\])*" | \\. | \$?\{[^{}]*\} | \$\([^()]*\)
      | [^\s;|&'"\\$>\#{]+ | .)
    """,
    re.VERBOSE | re.DOTALL,
)
# What may stand before a command's own words.
BEFORE = {"sudo", "time", "nohup", "env", "then", "do", "else", "{", "(", "!", "exec", "yes"}
VARIABLE = re.compile(r"\w+=\S*\Z")


def commands(line: str) -> Iterator[list[str]]:
    """Yield the words of each command of a line, or of several lines.  Never fails.

    Quotes are taken off; ``{variable}`` and ``$variable`` stay as they are; redirections go.
    ``pandas>=1.0`` is one word, as its author meant it (a shell would write a file ``=1.0``).
    """
    for one in line.replace("\\\n", " ").split("\n"):
        words: list[str] = []
        word: str | None = None
        for found in TOKEN.finditer(one):
            text = found.group()
            if found.lastgroup == "text":
                if text == "#" and word is None:
                    break
                word = (word or "") + _unquoted(text)
                continue
            if word is not None:
                words.append(word)
                word = None
            if found.lastgroup == "end":
                yield from _command(words)
                words = []
        yield from _command(words if word is None else [*words, word])


def _command(words: list[str]) -> Iterator[list[str]]:
    start = 0
    while start < len(words) and (words[start] in BEFORE or VARIABLE.match(words[start])):
        start += 1
    if words[start:]:
        yield words[start:]


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\([\"\\$`])", r"\1", text[1:-1])
    return text[1:] if len(text) == 2 and text[0] == "\\" else text
