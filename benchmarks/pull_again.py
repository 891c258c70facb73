"""`kagura pull` of a notebook whose data is in the store already: our own time, no peer has it."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
from pathlib import Path

from measure import KAGURA, machine, seconds

from kagura.testing import Standin

FILES, TIMES, WANTED = 20_000, 9, 1.0
NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


def main() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name, Standin() as kaggle:
        kaggle.competition("titanic", {"train.csv": "a,b\n", "test.csv": "a\n"})
        kaggle.dataset("bench/many", {f"deep/{n}.txt": "x" * 100 for n in range(FILES)})
        sources = {"competitions": ["titanic"], "datasets": ["bench/many"]}
        kaggle.kernel("bench/notebook", NOTEBOOK, **sources)
        os.chdir(name)
        own = {"HOME": name, "KAGURA_HOME": str(Path(name, "store")), **kaggle.environment()}

        def pull(folder: str) -> float:
            return seconds([*KAGURA, "pull", "bench/notebook", folder], **own)

        first = pull("first")
        again = statistics.median(pull(f"again-{number}") for number in range(TIMES))
        os.chdir("/")
    print(
        f"kagura pull, {FILES} files in the store: {again:.2f} s (wanted: at most {WANTED}; the "
        f"first time, fetching them, {first:.2f} s), {machine()}"
    )


if __name__ == "__main__":
    main()
