"""Which files of an input are wanted: patterns such as ``train/*.csv``, ``images/``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from kagura.errors import UsageError

__all__ = ["check_choice", "chosen_by"]


def chosen_by(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path is wanted: by no patterns, every one is.

    ``*`` stands for any text, of several folders too, as Hugging Face's ``allow_patterns`` has it;
    a pattern that ends with ``/`` is a folder with all that is in it.
    """
    if not patterns:
        return lambda _: True
    whole = [f"{pattern}*" if pattern.endswith("/") else pattern for pattern in patterns]
    return lambda path: any(fnmatchcase(path, pattern) for pattern in whole)


def check_choice(patterns: Sequence[str], paths: Iterable[str], *, title: str) -> None:
    """Raise UsageError for a pattern that none of the paths fits."""
    missed = {pattern: chosen_by((pattern,)) for pattern in patterns}
    some: list[str] = []
    for path in paths:
        if not missed:
            return
        if len(some) < 1000:
            some.append(path)
        missed = {pattern: fits for pattern, fits in missed.items() if not fits(path)}
    for pattern in missed:
        from difflib import get_close_matches  # seldom needed, long to load

        near = get_close_matches(pattern, some, n=3, cutoff=0.0)
        raise UsageError(
            f"no file of {title} is called {pattern}",
            hint=f"it has {', '.join(near)} …" if near else None,
        )
