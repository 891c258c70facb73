"""The program that executes a notebook, or a script, in the sandbox and leaves Kaggle's files.

Started as ``PYTHON -I -S -c 'import sys; sys.path.insert(0, "/opt/kagura"); from inside.execute
import main; main()' JOB``.  JOB is a JSON file with an object of

kind            ``notebook`` or ``script``
document        the notebook's path: nbformat 4, ready to be run, without outputs (a notebook)
script          the script's path (a script)
slug            the log's name without ``.log``
python          the Python that has the kernel, or that runs the script
directory       the working folder, where the files are left
timeout         seconds for the whole run, or null
tool_paths      folders to import zmq, nbconvert and what they need from
template_paths  folders of nbconvert's templates
kill_all        whether to end all other processes before the files are written; only in a sandbox
output_limit    bytes of text that a cell may keep in the notebook; may be left out

stdin: a line ``stop`` is Ctrl-C on the host; its end says that the host is gone.
stdout: events, one JSON object a line: ready, cell, output (a script's), warning, failure, end.
The exit status is 0 when ``end`` was told, 3 when the host was gone.
"""

from __future__ import annotations

import json
import os
import sys
import time

from .converter import Converter
from .events import Events
from .kernel import Kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["main"]


def main() -> None:
    """Do the job whose file is named by the first argument."""
    started = time.monotonic()
    events = Events()
    with open(sys.argv[1], encoding="utf-8") as file:
        job: dict[str, Any] = json.load(file)
    os.makedirs(job["directory"], exist_ok=True)
    os.chdir(job["directory"])
    # The order matters: the kernel takes longest to start, then the page's maker; what we import
    # ourselves is imported beside them.
    kernel = Kernel(job["python"]) if job["kind"] == "notebook" else None
    converter = Converter(job)
    sys.path += job["tool_paths"]
    from .control import Control, HostGone
    from .run import Run

    try:
        run = Run(job, events=events, control=Control(), converter=converter, started=started)
        status = run.execute(kernel)
    except HostGone:
        _vanish(kernel, converter)
    events.tell("end", status=status, seconds=time.monotonic() - started, memory=run.memory())
    # Nothing is left to be done, least of all by destructors.
    os._exit(0)


def _vanish(kernel: Kernel | None, converter: Converter) -> None:
    if kernel is not None:
        kernel.kill()
    converter.end()
    from .processes import end_all_others

    end_all_others()
    os._exit(3)
