"""Compiles Python files by all processors: ``bytecode.py FILE|FOLDER…``.  Python 3.6 and newer.

``compileall -j`` does the same, but hangs now and then in folders of some 16,000 files (plotly has
one): before Python 3.12, its pool of processes waits for a pipe that is full, while whoever would
empty it waits for the pool's lock.
"""

import compileall
import os
import sys
from collections.abc import Iterable, Iterator

# Starting a process takes as long as compiling so many files.
FEW = 300


def files_in(path: str) -> "Iterator[str]":
    """The Python files of a folder, or the one that is given."""
    if not os.path.isdir(path):
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            if name.endswith(".py"):
                yield os.path.join(folder, name)


def compile_all(files: "Iterable[str]") -> None:
    """Compile what can be; files for other Pythons and broken ones stay as they are."""
    for path in files:
        compileall.compile_file(path, quiet=2)


def main() -> None:
    """Exit status 0, or 1 if a process was killed: then something may not be compiled."""
    files = [path for entry in sys.argv[1:] for path in files_in(entry)]
    count = min(os.cpu_count() or 1, len(files) // FEW + 1)
    children = []
    for number in range(1, count):
        child = os.fork()
        if child == 0:
            compile_all(files[number::count])
            os._exit(0)
        children.append(child)
    compile_all(files[::count])
    ends = [os.waitpid(child, 0)[1] for child in children]
    if any(ends):
        sys.exit(1)


if __name__ == "__main__":
    main()
