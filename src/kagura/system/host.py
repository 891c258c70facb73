"""Facts about this machine: its store, its certificates, and where kagura itself is."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from kagura.errors import MachineError
from kagura.system.command import run

__all__ = [
    "ToolEnvironment",
    "boot_id",
    "certificates",
    "compile_tools",
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
