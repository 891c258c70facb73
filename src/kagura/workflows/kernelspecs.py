"""``kagura kernelspec install|list|remove``: environments as kernels of the user's own Jupyter."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kagura.engines.base import Engine
from kagura.env.site import Site
from kagura.errors import MachineError, UsageError
from kagura.inputs.local import parse
from kagura.model.era import Era
from kagura.progress import Progress
from kagura.store.objects import Store, digest_of
from kagura.system.host import compile_tools, tool_environment
from kagura.workflows.kernel import KernelOptions, place_for, workplace_of
from kagura.workflows.workplace import Place

if TYPE_CHECKING:
    from jupyter_client.kernelspec import KernelSpecManager

__all__ = ["PROVISIONER", "Installed", "arguments", "install", "installed", "remove"]

# As Jupyter says what it takes.
NAME = re.compile(r"[a-z0-9._-]+\Z", re.IGNORECASE)
PROVISIONER = "kagura"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A kernel of ours that Jupyter finds: ``of`` is the project, notebook or base it is over."""

    name: str
    display_name: str
    of: str
    base: str
    folder: str


def install(
    options: KernelOptions,
    *,
    name: str | None,
    display_name: str | None,
    prefix: Path | None,
    provisioner: bool,
    variables: Mapping[str, str],
    store: Store,
    engine: Engine,
    progress: Progress,
) -> Installed:
    """Build what the kernel needs, and let Jupyter know of it: the user's, or that of a prefix.

    Clients wait a minute for a kernel's start, so all is built now.  ``variables`` are for kagura,
    when a client starts it.  Raises UsageError for a name that Jupyter does not take, and the
    errors of building.
    """
    if name is not None and not NAME.match(name):
        raise UsageError(
            f"--name {name}: Jupyter's kernels have ASCII letters, digits, and - . _ in their names"
        )
    options = _absolute(options)
    place = place_for(options, Path.cwd())
    if options.inputs and place.notebook is None:
        raise UsageError("--input is a notebook's", hint="give the notebook, too")
    with ExitStack() as leases:
        site = Site(store=store, engine=engine, progress=progress, leases=leases)
        work = workplace_of(options, place, site=site)
    compile_tools(tool_environment())
    era = work.era
    if options.base is not None or (options.project or options.notebook) is None:
        # The same tomorrow, when there is a newer one.
        base = options.base if era.plain else str(era.date)
        options = replace(options, base=base, day=era.date if era.plain else None)
    short = _short(options, place, era)
    of = str(options.notebook or options.project or era)
    chosen = _free_name(name, short, of=of, prefix=prefix)
    # The base's own: it may stand in for one that is not to be had.
    python = f"Python {'.'.join(work.ready.base.python.version.split('.')[:2])}"
    shown = display_name or f"{short if short == python else f'{short} · {python}'} (kagura)"
    metadata: dict[str, Any] = {"kagura": {"of": of, "base": str(era)}}
    if provisioner:
        metadata["kernel_provisioner"] = {"provisioner_name": PROVISIONER}
    spec = {
        "argv": [*_program(), "kernelspec", "run", *arguments(options)],
        "display_name": shown,
        "language": "python",
        "interrupt_mode": "signal",
        "env": dict(variables),
        "metadata": metadata,
    }
    folder = _put(spec, chosen, prefix)
    return Installed(name=chosen, display_name=shown, of=of, base=str(era), folder=folder)


def _put(spec: Mapping[str, Any], name: str, prefix: Path | None) -> str:
    """Hand a kernel.json over to Jupyter; the folder that it is in.  Raises MachineError."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kernel.json"
        file.write_text(json.dumps(spec, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        os.chmod(folder, 0o755)  # noqa: S103 - it becomes the kernel's folder, which others may use
        try:
            return _manager(prefix).install_kernel_spec(
                folder, name, user=prefix is None, prefix=os.fspath(prefix) if prefix else None
            )
        except OSError as error:
            raise MachineError(
                f"the kernel {name} cannot be installed: {error}",
                hint="without --prefix and --sys-prefix it is installed for you alone",
            ) from error


def installed(prefix: Path | None) -> tuple[Installed, ...]:
    """The kernels of ours that Jupyter finds, by name; with a prefix, those there."""
    found = (
        _read(name, Path(folder))
        for name, folder in sorted(_manager(prefix).find_kernel_specs().items())
    )
    return tuple(item for item in found if item is not None)


def remove(names: Sequence[str], *, prefix: Path | None) -> tuple[Installed, ...]:
    """Take kernels of ours away again.  Raises UsageError for one that is none, before any goes."""
    known = {item.name: item for item in installed(prefix)}
    for name in names:
        if name.lower() not in known:
            raise UsageError(
                f"kagura has installed no kernel {name}",
                hint=f"those are: {', '.join(known) or 'none'}",
            )
    chosen = tuple(known[name.lower()] for name in dict.fromkeys(names))
    manager = _manager(prefix)
    for item in chosen:
        try:
            manager.remove_kernel_spec(item.name)
        except OSError as error:
            raise MachineError(f"{item.folder} cannot be removed: {error.strerror}") from error
    return chosen


def _absolute(options: KernelOptions) -> KernelOptions:
    """The same from any folder.  Raises UsageError for an input that is not there."""
    return replace(
        options,
        project=options.project.resolve() if options.project else None,
        notebook=options.notebook.resolve() if options.notebook else None,
        inputs=tuple(f"{name}={path.absolute()}" for name, path in parse(options.inputs).items()),
    )


def _short(options: KernelOptions, place: Place, era: Era) -> str:
    if options.notebook is not None:
        return options.notebook.stem
    if options.project is not None:
        return place.folder.name
    return f"Python {era.python}" if era.plain else str(era.date)


def _free_name(name: str | None, short: str, *, of: str, prefix: Path | None) -> str:
    """The kernel's name: the one asked for, else one that nothing else of ours has.

    Raises UsageError for the name of a kernel that is none of ours.
    """
    manager = _manager(prefix)
    manager.kernel_dirs = manager.kernel_dirs if prefix else [manager.user_kernel_dir]
    there = manager.find_kernel_specs()
    plain = re.sub(r"[^a-z0-9._-]+", "-", short.lower()).strip("-")
    chosen = (name or f"kagura-{plain}").lower()
    if chosen not in there:
        return chosen
    known = _read(chosen, Path(there[chosen]))
    if known is None:
        raise UsageError(
            f"{there[chosen]} is a kernel that kagura has not installed", hint="take another --name"
        )
    if name is None and known.of != of:
        return f"{chosen}-{digest_of(of)[7:11]}"
    return chosen


def _program() -> list[str]:
    """How a Jupyter of any environment starts the kagura that runs now."""
    beside = Path(sys.executable).parent / "kagura"
    if os.access(beside, os.X_OK):
        return [os.fspath(beside)]
    return [sys.executable, "-P", "-m", "kagura"]


def arguments(options: KernelOptions) -> list[str]:
    """What `kagura kernelspec run` is told, for Jupyter to fill in its file."""
    words = ["--connection-file", "{connection_file}"]
    if options.project is not None:
        words += ["--project", os.fspath(options.project)]
    if options.notebook is not None:
        words += ["--notebook", os.fspath(options.notebook)]
    if options.base is not None:
        words += ["--base", options.base]
    if options.day is not None:
        words += ["--day", options.day.isoformat()]
    for text in options.inputs:
        words += ["--input", text]
    if options.gpus != "auto":
        words += ["--gpus", options.gpus]
    return words if options.internet else [*words, "--no-internet"]


def _manager(prefix: Path | None) -> KernelSpecManager:
    # Imported late: it is slow, and only these commands need it.
    from jupyter_client.kernelspec import KernelSpecManager

    manager = KernelSpecManager(ensure_native_kernel=False)
    if prefix is not None:
        manager.kernel_dirs = [os.fspath(prefix.absolute() / "share" / "jupyter" / "kernels")]
    return manager


def _read(name: str, folder: Path) -> Installed | None:
    """A kernel of ours; None for another's."""
    try:
        spec = json.loads((folder / "kernel.json").read_bytes())
        ours = spec["metadata"]["kagura"]
        return Installed(
            name=name,
            display_name=str(spec["display_name"]),
            of=str(ours["of"]),
            base=str(ours["base"]),
            folder=os.fspath(folder),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
