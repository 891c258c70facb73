"""The forms of ``--base``: a month, a day, an image's version or digest, a Python → an era."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from kagura.env.catalog import image_versions, images
from kagura.env.reigns import at_or_before, usable
from kagura.errors import UsageError
from kagura.model.era import Era

__all__ = ["era_of_option", "is_plain", "plain_era"]

TOO_OLD = tuple(f"3.{minor}" for minor in range(6))

SHORTEST_DIGEST = len("sha256:") + 8


def era_of_option(base: str, *, today: date) -> Era:
    """The era that ``--base`` asks for; ``UsageError`` where there is none."""
    text = base.strip()
    if re.fullmatch(r"\d{4}-\d{1,2}(-\d{1,2})?", text):
        return _by_date(text, today=today)
    if re.fullmatch(r"[vV]\d+", text):
        return _by_version(text.lower())
    if "sha256:" in text:
        return _by_digest(text[text.index("sha256:") :].lower())
    if is_plain(text):
        return plain_era(text, day=today)
    raise UsageError(
        f"--base {base}: not an era",
        hint="give a month (2023-07), a day (2023-07-05), an image's version (v170) "
        "or its digest (sha256:…), or a Python (python=3.12)",
    )


def is_plain(base: str) -> bool:
    """Whether ``--base`` names a Python and no era of Kaggle's."""
    return base.strip().startswith("python=")


def plain_era(base: str, *, day: date) -> Era:
    """The empty base ``python=3.12`` with packages as of a day.  Raises UsageError."""
    match = re.fullmatch(r"python=(3\.\d{1,2})", base.strip())
    if match is None or match[1] in TOO_OLD:
        raise UsageError(
            f"--base {base}: not a Python that a base can have",
            hint="write it as python=3.12; the oldest is python=3.6",
        )
    python = match[1]
    return Era(
        date=day,
        commit=f"python-{python}",
        python=python,
        colab=None,
        requirements=(),
        plain=True,
    )


def _by_date(text: str, *, today: date) -> Era:
    numbers = [int(part) for part in text.split("-")]
    try:
        first = date(numbers[0], numbers[1], numbers[2] if len(numbers) == 3 else 1)
    except ValueError as error:
        raise UsageError(f"--base {text}: no such date ({error})", hint=_range()) from None
    if first > max(today, usable()[-1].date):
        raise UsageError(f"--base {text}: lies in the future", hint=_range())
    last = first if len(numbers) == 3 else first.replace(day=monthrange(first.year, first.month)[1])
    era = at_or_before(last, usable())
    if era is None:
        raise UsageError(f"--base {text}: before the first era", hint=_range())
    return era


def _by_version(version: str) -> Era:
    era = image_versions().get(version)
    if era is not None:
        return era
    numbers = sorted(int(known[1:]) for known in image_versions())
    raise UsageError(
        f"--base {version}: no image of this version in the catalog",
        hint=f"versions go from v{numbers[0]} to v{numbers[-1]}; {_range()}",
    )


def _by_digest(digest: str) -> Era:
    if not re.fullmatch(r"sha256:[0-9a-f]{1,64}", digest) or len(digest) < SHORTEST_DIGEST:
        raise UsageError(
            f"--base {digest}: not an image digest",
            hint="sha256: and at least 8 of its hexadecimal digits",
        )
    found = {era for known, era in images().items() if known.startswith(digest)}
    if len(found) == 1:
        return found.pop()
    if found:
        raise UsageError(
            f"--base {digest}: {len(found)} images begin so", hint="give more of its digits"
        )
    raise UsageError(f"--base {digest}: no image of this digest in the catalog", hint=_range())


def _range() -> str:
    known = usable()
    return (
        f"the eras go from {known[0].date} to {known[-1].date}; "
        "a date means the newest era at or before it"
    )
