"""A notebook as Kaggle serves it, for the tests that pull it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

Command = Callable[..., "subprocess.CompletedProcess[str]"]

# Of the era whose base other tests build too.
IMAGE_ID = 30527
TUTORIAL = "alexisbcook/titanic-tutorial"


def source(*cells: str, sources: list[dict[str, object]] | None = None) -> str:
    """A notebook as Kaggle serves it; ``sources`` are its metadata's, by numbers."""
    more = {} if sources is None else {"dataSources": sources}
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "source": cell,
                    "metadata": {},
                    "outputs": [],
                    "execution_count": None,
                }
                for cell in cells
            ],
            "metadata": {"kaggle": {"dockerImageVersionId": IMAGE_ID, **more}},
            "nbformat": 4,
            "nbformat_minor": 4,
        }
    )


READS = (
    "rows = open('/kaggle/input/titanic/train.csv').read().split()",
    "assert rows == ['a,b', '1,2'], rows",
    "assert open('../input/iris/deep/x.txt').read() == 'x'",
    "import my_helper; assert my_helper.answer == 42",
    "open('submission.csv', 'w').write('done')",
)
