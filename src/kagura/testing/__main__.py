"""``python -m kagura.testing``: a stand-in for trying things by hand.

::

    $ python -m kagura.testing --dataset uciml/iris=./iris --kernel alice/nb-one=nb.ipynb
    export KAGGLE_API_ENVIRONMENT=LOCALHOST
    …

Set what it prints in another shell.  It serves until it is interrupted (Ctrl-C).
"""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from kagura.testing import Standin
from kagura.testing.bundle import Content


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve what the arguments name."""
    parser = argparse.ArgumentParser(
        prog="python -m kagura.testing", description="A stand-in for Kaggle, on this machine."
    )
    for kind, form in (
        ("dataset", "OWNER/SLUG"),
        ("competition", "SLUG"),
        ("closed", "SLUG"),
        ("model", "OWNER/MODEL/FRAMEWORK/VARIATION"),
    ):
        what = "a folder" if kind == "model" else "a folder or a zip"
        text = f"{what} to serve" + (": rules not accepted" if kind == "closed" else "")
        parser.add_argument(
            f"--{kind}", action="append", default=[], metavar=f"{form}=PATH", help=text
        )
    parser.add_argument(
        "--kernel",
        action="append",
        default=[],
        metavar="OWNER/SLUG=FILE",
        help="a notebook or script; kernel-metadata.json beside it tells its sources",
    )
    parser.add_argument("--bandwidth", type=int, help="bytes a second for each connection")
    options = parser.parse_args(arguments)
    with Standin(bandwidth=options.bandwidth) as standin:
        _fill(standin, options)
        for name, value in standin.environment().items():
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


def _fill(standin: Standin, options: argparse.Namespace) -> None:
    for handle, path in map(_pair, options.dataset):
        if path.is_dir():
            standin.dataset(handle, _files(path))
        else:
            standin.dataset(handle, archive=path)
    for is_open, given in ((True, options.competition), (False, options.closed)):
        for slug, path in map(_pair, given):
            if path.is_dir():
                standin.competition(slug, _files(path), has_rules_accepted=is_open)
            else:
                standin.competition(slug, archive=path, has_rules_accepted=is_open)
    for handle, path in map(_pair, options.model):
        standin.model(handle, _files(path))
    for handle, path in map(_pair, options.kernel):
        _kernel(standin, handle, path)


def _kernel(standin: Standin, handle: str, path: Path) -> None:
    beside = path.with_name("kernel-metadata.json")
    said = json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}
    standin.kernel(
        handle,
        path.read_text(encoding="utf-8"),
        title=said.get("title"),
        kernel_type="notebook" if path.suffix == ".ipynb" else "script",
        docker_image=said.get("docker_image"),
        machine_shape=said.get("machine_shape"),
        datasets=said.get("dataset_sources", ()),
        competitions=said.get("competition_sources", ()),
        kernels=said.get("kernel_sources", ()),
        models=said.get("model_sources", ()),
    )


def _pair(argument: str) -> tuple[str, Path]:
    handle, separator, path = argument.partition("=")
    if not separator or not Path(path).exists():
        raise SystemExit(f"{argument}: this is not HANDLE=PATH, or nothing is there")
    return handle, Path(path)


def _files(folder: Path) -> dict[str, Content]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in found}


if __name__ == "__main__":
    # Blocked before any thread starts, so that sigwait alone gets them.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
