"""An input from Kaggle, ready in the store: found there, or fetched once for all projects."""

from __future__ import annotations

import os
from pathlib import Path

from kagura.inputs.exact import address_of, digest_of_input, exact, plain
from kagura.inputs.fetch import fetch_zip
from kagura.inputs.hub import hub_folder
from kagura.inputs.ready import ReadyInput
from kagura.inputs.remote import NoRanges
from kagura.inputs.verify import write_manifest
from kagura.inputs.whole import fetch_archive
from kagura.inputs.zip_members import UnusualArchive
from kagura.kaggle.client import Client
from kagura.model.handle import Handle
from kagura.progress import Progress
from kagura.store.objects import Store, StoredObject
from kagura.system.files import remove_tree
from kagura.system.http import Http

__all__ = ["ready_input"]


def ready_input(
    handle: Handle, *, store: Store, client: Client, http: Http, progress: Progress
) -> ReadyInput:
    """The input in its own version, else in the newest.

    Two processes that want the same one fetch it once.  Raises ServiceError (Kaggle, the
    network, a bad archive) and MachineError (the disk).
    """
    known = exact(handle, client=client)
    digest = digest_of_input(known, client=client)
    stored = store.find("inputs", digest)
    if stored is not None:
        return _ready(known, stored, was_here=True)
    with store.build("inputs", digest) as place:
        if isinstance(place, StoredObject):
            return _ready(known, place, was_here=True)
        partial = store.home / "partial" / digest.removeprefix("sha256:")
        sums = _fetch(known, partial, client=client, http=http, progress=progress)
        _add_script(known, partial / "tree", client)
        # Only now the object is whole: until then a kill leaves what the next try goes on from.
        os.rmdir(place / "tree")
        os.rename(partial / "tree", place / "tree")
        remove_tree(partial)
        files, size = write_manifest(place, sums=sums, progress=progress)
        made_from = {"provider": "kaggle", "handle": str(known), "files": files, "size": size}
        return _ready(known, store.finish("inputs", digest, place, made_from), was_here=False)


def _fetch(
    handle: Handle, partial: Path, *, client: Client, http: Http, progress: Progress
) -> dict[str, int]:
    """Fill ``partial/tree``; the check sums that are known of its files, by path."""

    def address() -> str:
        return address_of(handle, client=client).url

    try:
        near = hub_folder(handle, os.environ, home=Path.home())
        members = fetch_zip(
            address, partial, http=http, progress=progress, title=str(handle), near=near
        )
        return {member.path: member.crc for member in members}
    except (NoRanges, UnusualArchive):
        # A tar archive, a single file, or a server that serves whole files only.
        remove_tree(partial / "tree")
        fetch_archive(address, partial / "tree", http=http, progress=progress, title=str(handle))
        return {}


def _add_script(handle: Handle, tree: Path, client: Client) -> None:
    """A utility script is imported by its slug: its code, beside what its run left."""
    if handle.kind != "notebook":
        return
    kernel = client.kernel(plain(handle), version=handle.version)
    module = tree / f"{handle.slug.replace('-', '_')}.py"
    if kernel.kind == "script" and kernel.language == "python" and not module.exists():
        module.write_text(kernel.source, encoding="utf-8")


def _ready(handle: Handle, stored: StoredObject, *, was_here: bool) -> ReadyInput:
    return ReadyInput(
        handle=handle,
        digest=stored.digest,
        folder=stored.tree,
        files=int(stored.record["files"]),
        size=int(stored.record["size"]),
        was_here=was_here,
    )
