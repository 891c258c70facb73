"""The files that a notebook's run left on Kaggle, in the project's folder ``outputs``."""

from __future__ import annotations

import itertools
from pathlib import Path, PurePosixPath

from kagura.inputs.whole import fetch_file
from kagura.model.handle import Handle
from kagura.progress import Progress
from kagura.store.objects import Store
from kagura.system.files import explain
from kagura.workflows.service import Service

__all__ = ["fetch_outputs"]


def fetch_outputs(
    handle: Handle,
    folder: Path,
    *,
    kaggle: Service,
    store: Store,
    progress: Progress,
    overwrite: bool,
) -> None:
    """Have the published files in a project's folder."""
    into = folder / "outputs"
    count = 0
    for output in kaggle.client.kernel_output(handle.plain, version=handle.version):
        target = into / output.name
        if PurePosixPath(output.name).is_absolute() or ".." in PurePosixPath(output.name).parts:
            progress.warn(f"the output {output.name!r} names a place outside: left out")
            continue
        progress.update("outputs", output.name)
        try:
            fetch_file(itertools.repeat(output.address.url).__next__, target, http=kaggle.http)
        except OSError as error:
            raise explain(error, f"fetching the output {output.name}") from error
        count += 1
    progress.say("outputs", f"{count} files in {into}")
