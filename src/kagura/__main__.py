"""``python -m kagura``, and the command ``kagura``."""

from __future__ import annotations

import gc
import sys

__all__ = ["run"]


def run() -> None:
    """Run the command line; Ctrl-C is heard from the first import on."""
    gc.set_threshold(50_000)  # what is loaded stays: looking through it on the way finds nothing
    try:
        from kagura.cli.main import main
    except KeyboardInterrupt:
        sys.exit(130)
    try:
        main()
    finally:
        gc.freeze()  # else all modules are looked through once more at the end, for nothing


if __name__ == "__main__":
    run()
