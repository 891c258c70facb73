"""A stand-in for Kaggle, for tests: Kaggle's own programs and kagura work against it, offline.

::

    with Standin() as kaggle:
        kaggle.dataset("uciml/iris", {"Iris.csv": "Id,Species\\n"}, version=2)
        subprocess.run(["kaggle", …], env=os.environ | kaggle.environment())

Needs the extra ``kagura[testing]``.  See ``docs/guides/testing.md``.
"""

from importlib.util import find_spec

if find_spec("aiohttp") is None:
    raise ModuleNotFoundError("kagura.testing needs aiohttp: install kagura[testing]")

from kagura.testing.bucket import StoredObject
from kagura.testing.bundle import Content, Files
from kagura.testing.faults import Change, Drop, Fault, Lie, NoRanges, Refuse, Stall
from kagura.testing.serve_api import Received
from kagura.testing.standin import Standin

__all__ = [
    "Change",
    "Content",
    "Drop",
    "Fault",
    "Files",
    "Lie",
    "NoRanges",
    "Received",
    "Refuse",
    "Stall",
    "Standin",
    "StoredObject",
]
