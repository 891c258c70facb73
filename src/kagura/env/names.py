"""The normalized name of a distribution (PEP 503), without the price of importing packaging."""

from __future__ import annotations

import re

__all__ = ["normalized"]


def normalized(name: str) -> str:
    """``scikit-learn`` of ``Scikit_Learn``."""
    return re.sub(r"[-_.]+", "-", name).lower()
