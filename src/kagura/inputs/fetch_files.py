"""Single files of an input, each from its own address: a tar archive has no list to choose by."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from kagura.errors import ServiceError
from kagura.inputs.fetch import fetch
from kagura.inputs.terms import PLAIN_TERMS, Terms
from kagura.progress import Progress
from kagura.system.files import remove_tree
from kagura.system.http import Http

__all__ = ["fetch_files"]


def fetch_files(
    files: Mapping[str, int],
    address: Callable[[str], str],
    tree: Path,
    *,
    beside: Path,
    http: Http,
    progress: Progress,
    title: str,
    terms: Terms = PLAIN_TERMS,
) -> None:
    """Fetch files (bytes, by path) as they are into ``tree``; those that are there are whole.

    ``address`` gives a file's signed address; ``beside`` is a folder for what a later try goes on
    by.  Raises ServiceError, MachineError and OSError, and leaves what is done.
    """
    for number, path in enumerate(sorted(files)):
        target, own = tree / path, beside / f"{number}"
        if target.exists():
            continue
        fetch(
            partial(address, path),
            own / "tree",
            beside=own,
            http=http,
            progress=progress,
            title=f"{title}/{path}",
            as_is=target.name,
            terms=terms,
        )
        found = own / "tree" / target.name
        if found.stat().st_size != files[path]:
            remove_tree(own)
            raise ServiceError(
                f"{title}/{path} came with another size than Kaggle's list of files says",
                hint="try again later",
            )
        # By its name a later try knows that it is whole, even after the death of the machine.
        with open(found, "rb") as file:
            os.fsync(file.fileno())
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(found, target)
        remove_tree(own)
