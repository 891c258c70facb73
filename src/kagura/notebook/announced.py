"""Which cell of an executed notebook installed what: by what pip and uv said in its output."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kagura.notebook.document import joined

__all__ = ["announced"]

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# "Successfully installed rich-argparse-1.7.1 rich-13.9" and "Successfully uninstalled tqdm-4.66"
PIP = re.compile(r"^\s*Successfully (?:un)?installed (.+)$", re.MULTILINE)
# " + tqdm==4.66", " - tqdm==4.65", " ~ tqdm==4.66"
UV = re.compile(r"^ [+~-] ([A-Za-z0-9][\w.-]*)==", re.MULTILINE)


def announced(document: Mapping[str, Any]) -> dict[str, int]:
    """Names of distributions as printed (pip's own spelling) and the index of the last cell.

    Never raises: the document is what a run left behind.
    """
    found: dict[str, int] = {}
    cells = document.get("cells")
    for index, cell in enumerate(cells if isinstance(cells, list) else ()):
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        for output in outputs if isinstance(outputs, list) else ():
            if isinstance(output, dict) and output.get("output_type") == "stream":
                for name in _names(COLOURS.sub("", joined(output.get("text", "")))):
                    found[name] = index
    return found


def _names(text: str) -> list[str]:
    pip = [word.rpartition("-")[0] for line in PIP.findall(text) for word in line.split()]
    return [name for name in (*pip, *UV.findall(text)) if name]
