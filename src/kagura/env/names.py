"""The normalized name of a distribution (PEP 503), without the price of importing packaging."""

from __future__ import annotations

import re

__all__ = ["name_of", "normalized"]


def normalized(name: str) -> str:
    """``scikit-learn`` of ``Scikit_Learn``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(requirement: str) -> str:
    """``scikit-learn`` of ``Scikit_Learn[alldeps]>=1.2; python_version > "3"``."""
    match = re.match(r"\s*([A-Za-z0-9][\w.\-]*)", requirement)
    return normalized(match[1]) if match else requirement
