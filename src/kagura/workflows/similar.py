"""A notebook by its handle; if Kaggle has none, those of its owner that may be meant."""

from __future__ import annotations

from contextlib import suppress
from difflib import get_close_matches
from itertools import islice

from kagura.errors import ServiceError
from kagura.kaggle.answers import Kernel
from kagura.kaggle.client import Client
from kagura.kaggle.refusals import AbsentError
from kagura.model.handle import Handle

__all__ = ["find_kernel"]

# Who has more than these (two pages of Kaggle's list) has them looked through in part.
MOST_COMPARED = 200
MOST_NAMED = 3


def find_kernel(handle: Handle, *, client: Client) -> Kernel:
    """The notebook in its version, else the newest.

    Raises ServiceError; where there is none, its hint names notebooks of the owner that are
    called much like it.
    """
    try:
        return client.kernel(handle.plain, version=handle.version)
    except AbsentError as error:
        names = _similar(handle, client)
        if names:
            error.hint = f"did you mean {' or '.join(names)}? Else {error.hint}"
        raise


def _similar(handle: Handle, client: Client) -> list[str]:
    handles: dict[str, str] = {}
    with suppress(ServiceError):  # the refusal is what the user must hear
        for one in islice(client.kernels(user=handle.owner or ""), MOST_COMPARED):
            handles[one.handle.rpartition("/")[2].lower()] = one.handle
    slug = handle.slug.lower()
    if slug in handles:
        return []  # it is there: only its version is not
    return [handles[name] for name in get_close_matches(slug, handles, n=MOST_NAMED)]
