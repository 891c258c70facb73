"""``pip install --user`` in a cell: pip refuses it in a virtual environment that is on its own."""

from __future__ import annotations

import os
from pathlib import Path

from kagura.env.root import python_folder
from kagura.model.base import Base
from kagura.model.sandbox import Bind, Mount

__all__ = ["user_site"]

ALONE = "include-system-site-packages = false"


def user_site(base: Base, *, tree: Path, upper: Path, scratch: Path) -> list[Mount]:
    """Open a base to packages of the user ``/root``, in the throw-away top only.

    That opens it to its interpreter's own packages too, so an empty folder hides those.  A
    Debian Python stays as it is: its packages are those that ``apt`` installs.

    ``tree`` is the base's; ``upper`` is where writing into the environment goes; ``scratch`` is
    the throw-away top.
    """
    packages = f"lib/python{base.python.minor}/site-packages"
    if base.python.prefix == "/usr" or not os.path.isdir(f"{base.python.prefix}/{packages}"):
        return []
    settings = (tree / "pyvenv.cfg").read_text("utf-8")
    upper.mkdir(parents=True, exist_ok=True)
    (upper / "pyvenv.cfg").write_text(settings.replace(ALONE, ALONE.replace("false", "true")))
    # Python looks here only if the folder is there when it starts.
    (scratch / "root" / ".local" / packages).mkdir(parents=True, exist_ok=True)
    empty = scratch / "nothing"
    empty.mkdir(exist_ok=True)
    return [Bind(source=os.fspath(empty), target=f"{python_folder(base.python)}/{packages}")]
