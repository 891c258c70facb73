"""An era: a dated package set of Kaggle's image; and the choice of one, with its reasons."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

__all__ = ["Era", "EraChoice", "Pin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Era:
    """One entry of the catalog; or, if ``plain``, a Python as of a day, with nothing of Kaggle's.

    ``python`` is ``3.10``; ``colab`` the day of the Colab image; ``base`` what Kaggle's image was
    built on (``tf2-cpu.2-12.py310:m109``), empty where its Dockerfile does not tell.
    """

    date: datetime.date
    commit: str
    python: str
    colab: datetime.date | None
    requirements: tuple[str, ...]
    base: str = ""
    plain: bool = False

    @property
    def prefix(self) -> str:
        """Where Kaggle kept the packages: conda until its image moved to Colab's (2024-11-27)."""
        if self.plain:
            return "/usr/local"
        return "/opt/conda" if self.date < datetime.date(2024, 11, 27) else "/usr/local"

    def __str__(self) -> str:
        return f"Python {self.python} as of {self.date}" if self.plain else f"era {self.date}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EraChoice:
    """The era chosen for a notebook.

    ``reason`` completes "era 2023-07-05 · Python 3.10 · …": ``from papermill's end time in the
    notebook (2023-07-21)``.  ``source`` names the kind of evidence that decided.
    ``warnings`` tells evidence that was void or contradicted, one sentence each.
    """

    era: Era
    source: Literal[
        "option", "image digest", "image id", "papermill", "cell times", "python", "default"
    ]
    reason: str
    image_id: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A version that an era's package had, and how we know.

    Strength, best first: ``observed`` (printed inside that image), ``colab`` (its freeze),
    ``era`` (a specifier that Kaggle's own Dockerfile asked for).
    """

    name: str
    specifier: str
    strength: Literal["observed", "colab", "era"]
