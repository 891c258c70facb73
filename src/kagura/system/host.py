"""Facts about this machine: its Pythons, its certificates, and where kagura itself is."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from kagura.errors import MachineError
from kagura.model.base import Python
from kagura.system.command import clean_environment, run

__all__ = [
    "ToolEnvironment",
    "boot_id",
    "certificates",
    "compile_tools",
    "find_pythons",
    "home_folder",
    "tool_environment",
    "uv_program",
]

CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE")
CERTIFICATE_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # Alpine
)

PYTHON_QUESTION = (
    "import sys; print(sys.executable, getattr(sys, 'base_prefix', sys.prefix), "
    "'.'.join(map(str, sys.version_info[:3])), sep='\\n')"
)


def home_folder() -> Path:
    """The store's folder: ``KAGURA_HOME``, else the platform's folder for data."""
    configured = os.environ.get("KAGURA_HOME")
    if configured:
        return Path(configured).expanduser().absolute()
    import platformdirs  # only needed when nothing is configured

    return Path(platformdirs.user_data_dir("kagura", appauthor=False))


def boot_id() -> str:
    """A name of the time since this machine was started: what a process wrote in it is there.

    What was written before may have died with the machine, before it came to the disk.
    """
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolEnvironment:
    """Kagura's own Python and packages, as they are mounted at ``/opt/kagura``.

    ``python`` is the program, ``prefix`` the folder that it needs; ``packages`` are folders
    for ``sys.path``; ``templates`` is nbconvert's folder of templates; ``inside`` is the folder
    of the programs that run in the sandbox; ``uv`` is the program that installs.
    """

    python: Path
    prefix: Path
    packages: tuple[Path, ...]
    templates: Path
    inside: Path
    uv: Path


def tool_environment() -> ToolEnvironment:
    """Where the running kagura keeps its own parts.  Raises MachineError if some are missing."""
    packages: list[Path] = []
    for name in ("zmq", "nbconvert"):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise MachineError(
                f"kagura's own environment lacks {name}", hint="install kagura again"
            )
        folder = Path(spec.origin).parent.parent
        if folder not in packages:
            packages.append(folder)
    return ToolEnvironment(
        python=Path(sys.executable).resolve(),
        prefix=Path(sys.base_prefix).resolve(),
        packages=tuple(packages),
        templates=_templates(packages),
        inside=Path(__file__).parent.parent / "inside",
        uv=uv_program(),
    )


def _templates(packages: list[Path]) -> Path:
    # Wheels put them under PREFIX/share; a distribution or `pip --user` may have another prefix.
    prefixes = [Path(sys.prefix), *(folder.parents[2] for folder in packages), Path("/usr")]
    for prefix in prefixes:
        folder = prefix / "share" / "jupyter" / "nbconvert" / "templates"
        if (folder / "classic").is_dir():
            return folder
    raise MachineError("nbconvert's templates were not found", hint="install kagura again")


def compile_tools(tools: ToolEnvironment) -> None:
    """Compile kagura's own packages once, if their installer did not (uv does not).

    Inside, they are read-only: without this, every run would compile nbconvert anew.  Where the
    folder cannot be written to, nothing happens and runs are slower.
    """
    for folder in tools.packages:
        is_compiled = any((folder / name / "__pycache__").is_dir() for name in ("nbconvert", "zmq"))
        if not is_compiled and os.access(folder, os.W_OK):
            program = tools.inside / "bytecode.py"
            run([os.fspath(part) for part in (tools.python, program, folder)], seconds=300)


def uv_program() -> Path:
    """The uv that came with kagura (the newest on PATH is somebody else's)."""
    beside = Path(sys.executable).parent / "uv"
    if beside.exists():
        return beside
    import uv  # knows every place where an installer may have put it; slow to import

    return Path(uv.find_uv_bin())


def certificates() -> Path | None:
    """The bundle of certificate authorities that this machine trusts, a company's own included."""
    configured = (os.environ.get(name) for name in CERTIFICATE_VARIABLES)
    for candidate in (*configured, *CERTIFICATE_BUNDLES):
        if candidate and os.path.isfile(candidate):
            return Path(candidate)
    return None


def find_pythons() -> tuple[Python, ...]:
    """Every CPython on PATH, in uv's and in pyenv's folders; newest patch of a minor first.

    Each is asked for its version and prefix, so this starts a process per interpreter.
    """
    found: dict[Path, Python] = {}
    for candidate in _candidates():
        try:
            real = candidate.resolve()
        except OSError:
            continue
        if real in found or not os.access(real, os.X_OK):
            continue
        python = ask_python(real)
        if python:
            found[real] = python
    return tuple(sorted(found.values(), key=_patch, reverse=True))


def ask_python(executable: Path) -> Python | None:
    """What an interpreter says of itself; None if it is no working CPython of its own prefix."""
    try:
        answer = run(
            [os.fspath(executable), "-I", "-S", "-c", PYTHON_QUESTION],
            environment=clean_environment(),
            seconds=20,
        )
    except MachineError:
        return None
    lines = answer.stdout.splitlines()
    if answer.status != 0 or len(lines) != 3:
        return None
    return Python(executable=os.fspath(executable), prefix=lines[1], version=lines[2])


def _patch(python: Python) -> tuple[int, ...]:
    return tuple(int(part) for part in python.version.split("."))


def _candidates() -> list[Path]:
    home = Path.home()
    configured = (os.environ.get("PYENV_ROOT"), os.environ.get("UV_PYTHON_INSTALL_DIR"))
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    roots = [home / ".pyenv", *(Path(folder) for folder in configured if folder)]
    folders = dict.fromkeys([*(root / "versions" for root in roots), *roots, data / "uv/python"])
    candidates: list[Path] = []
    for root in folders:
        for version in sorted(_listing(root)):
            candidates += [
                path
                for path in sorted((version / "bin").glob("python3.*"))
                if path.name.removeprefix("python3.").isdigit()
            ]
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        # Shims start whatever pyenv thinks best: the real programs are found above.
        if folder and "shims" not in folder:
            candidates += [
                path
                for path in sorted(_listing(Path(folder)))
                if path.name.startswith("python3.") and path.name[8:].isdigit()
            ]
    return candidates


def _listing(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
