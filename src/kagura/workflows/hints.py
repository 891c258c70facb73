"""What a user can do about a cell that failed, told from its error: pure."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from kagura.model.needs import Needs

__all__ = ["hint_for"]

INPUT_PATH = re.compile(r"(?:/kaggle/input|\.\./input)/?[^'\"\s]*")
NO_MODULE = re.compile(r"No module named '?([\w.]+)'?")
KAGGLES_OWN = (
    "kaggle_secrets",
    "kaggle_datasets",
    "kaggle_web_client",
    "kaggle_gcp",
    "kaggle_session",
)
NETWORK = ("Temporary failure in name resolution", "Name or service not known", "getaddrinfo")


def hint_for(
    *,
    name: str,
    message: str,
    traceback: str,
    needs: Needs,
    internet: bool,
    missing: Sequence[str],
    lacking: Sequence[str],
) -> str | None:
    """A sentence for the report, or None.

    ``missing`` are inputs that nobody gave; ``lacking`` modules whose package could not be had.
    """
    text = f"{name}: {message}\n{traceback}"
    module = NO_MODULE.search(message)
    if name in ("ModuleNotFoundError", "ImportError") and module:
        top = module.group(1).split(".")[0]
        if top in lacking:
            return f"the package of {top} could not be installed for this era (see base.left_out)"
        if "." in module.group(1) and not module.group(1).startswith("google."):
            return f"this version of {top} has no such module: another --base may have it"
        if top in KAGGLES_OWN:
            return f"{top} is Kaggle's own, for what only its servers have; it is not here"
        return f"if {top} is a package, add it with `--with NAME` (its name on PyPI)"
    if name == "LookupError" and "nltk.download" in text:
        return "NLTK's data is not in the base: the notebook must call nltk.download (internet on)"
    path = INPUT_PATH.search(message)
    if name == "FileNotFoundError" and path:
        given = f" (not given: {', '.join(missing)})" if missing else ""
        return f"give the data of {path.group()} with --input NAME=FOLDER{given}"
    if any(sign in text for sign in NETWORK) and not internet:
        return "the internet is off for this run (--no-internet, or the notebook's own metadata)"
    if _needs_root(needs) and os.geteuid() != 0:
        return (
            "the notebook installs system packages (apt), which writes into /usr: for that, run "
            "kagura as root"
        )
    return None


def _needs_root(needs: Needs) -> bool:
    return any(use.tool == "apt" for use in needs.installs)
