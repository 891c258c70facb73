"""Makes ``__results__.html`` as Kaggle does: nbconvert, the classic template, pictures beside it.

A process of its own, see ``converter.py``.  It loads and tries out everything first, then waits
for a line on standard input, converts the one notebook, and ends.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

__all__ = ["main"]

# More than this of one text makes a page that no browser opens; the notebook has more.
LONGEST_TEXT = 1024 * 1024
LONGEST_DATA = 32 * 1024 * 1024

WARM_UP: dict[str, Any] = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": "1\n"}],
            "source": "print(1)",
        },
        {"cell_type": "markdown", "metadata": {}, "source": "# A *title*"},
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 4,
}


def main() -> None:
    """Convert the notebook whose descriptor the settings (JSON, first argument) name."""
    settings = json.loads(sys.argv[1])
    sys.path += settings["tool_paths"]
    from .template import Page

    page = Page(settings["template_paths"])
    page.convert(WARM_UP)
    if not sys.stdin.readline():
        return
    try:
        with open(settings["document"], "rb", closefd=False) as file:
            file.seek(0)
            document = json.load(file)
        files = page.convert(shortened(document))
        with open(settings["page"], "wb", closefd=False) as file:
            file.truncate(0)
            file.seek(0)
            file.writelines(data for _, data in files)
        told: dict[str, Any] = {"files": [(name, len(data)) for name, data in files]}
    except Exception as error:  # noqa: BLE001 - whatever it is, the host is to know it
        told = {"error": f"{type(error).__name__}: {error}"}
    os.write(1, (json.dumps(told) + "\n").encode())


def shortened(document: dict[str, Any]) -> dict[str, Any]:
    """The notebook without the middle of its longest texts, and without giant outputs."""
    for cell in document["cells"]:
        for output in cell.get("outputs", []):
            text = output.get("text", "")
            if len(text) > LONGEST_TEXT:
                half = LONGEST_TEXT // 2
                gap = (
                    f"\n[{len(text) - 2 * half} characters are not shown here; the log has them]\n"
                )
                output["text"] = text[:half] + gap + text[-half:]
            for kind, data in list(output.get("data", {}).items()):
                if isinstance(data, str) and len(data) > LONGEST_DATA:
                    del output["data"][kind]
                    text = f"[{kind}: {len(data)} characters are not shown here]"
                    output["data"].setdefault("text/plain", text)
    return document
