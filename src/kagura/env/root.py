"""The root file system of a sandbox: the host's system folders under a scratch, nothing else.

What a notebook sees here is Kaggle's: see ``docs/concepts/sandbox.md``.  Every folder that is
written to is an overlay or a folder of the run's scratch, and is thrown away with it.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from kagura.model.base import Python
from kagura.model.sandbox import Bind, Folder, Link, Mount, Overlay, Special
from kagura.system.host import ToolEnvironment

__all__ = [
    "PYTHON",
    "TOOLS",
    "ToolPaths",
    "environment_mount",
    "inside_python",
    "python_folder",
    "python_mounts",
    "system_mounts",
]

PYTHON = "/opt/python"
TOOLS = "/opt/kagura"

# Folders of /etc that programs need and that hold no secret; the rest of /etc is not there.
ETC_FOLDERS = (
    "alternatives",
    "apt/apt.conf.d",
    "apt/keyrings",
    "apt/preferences.d",
    "apt/sources.list.d",
    "apt/trusted.gpg.d",
    "ca-certificates",
    "dpkg",
    "fonts",
    "ld.so.conf.d",
    "pki/ca-trust",
    "pki/tls/certs",
    "ssl/certs",
)
ETC_FILES = (
    "apt/sources.list",
    "ca-certificates.conf",
    "debian_version",
    "host.conf",
    "hosts",
    "inputrc",
    "ld.so.cache",
    "ld.so.conf",
    "locale.alias",
    "localtime",
    "magic",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "protocols",
    "resolv.conf",
    "services",
    "ssl/openssl.cnf",
    "timezone",
)
VAR_FOLDERS = ("lib/apt", "lib/dpkg")

# Places where a sandbox has something of its own: no interpreter can be mounted there.
TAKEN = ("/usr/local", "/opt/conda", "/kaggle", "/tmp", "/etc", "/var", PYTHON)  # noqa: S108

# Ids of people start here; those of the system's own accounts, which packages name, lie below.
FIRST_PERSON = 1000
NOBODY = 65534
# One user id only is mapped, so apt cannot become its own user `_apt` for downloads.
APT = 'APT::Sandbox::User "root";\n'


def system_mounts(scratch: Path) -> list[Mount]:
    """``/usr``, ``/etc``, ``/var``, ``/proc``, ``/dev``, ``/tmp`` and ``/root``.

    The host's ``/usr/local`` is not there: it holds what this machine's owner installed.
    """
    etc = _assembled_etc(scratch)
    local = _made(scratch / "local")
    for name in ("bin", "lib", "share", "etc", "include", "sbin", "src"):
        _made(local / name)
    mounts: list[Mount] = [
        _stacked(scratch, Path("/usr")),
        Bind(source=os.fspath(local), target="/usr/local", writable=True),
        *_top_links(scratch),
        Bind(source=os.fspath(etc), target="/etc", writable=True),
        *(
            _stacked(scratch, Path("/etc") / name)
            for name in ETC_FOLDERS
            if os.path.isdir(f"/etc/{name}")
        ),
        Bind(source=os.fspath(_made(scratch / "var")), target="/var", writable=True),
    ]
    for name in ("cache/apt/archives/partial", "log/apt", "tmp", "lib"):
        _made(scratch / "var" / name)
    mounts += [
        _stacked(scratch, Path("/var") / name)
        for name in VAR_FOLDERS
        if os.path.isdir(f"/var/{name}")
    ]
    if os.path.isdir("/var/lib/apt/lists"):
        # On the host parts of it belong to the user `_apt`, who is nobody inside; a container
        # image has no lists either.
        lists = os.fspath(_made(scratch / "apt" / "lists" / "partial").parent)
        mounts.append(Bind(source=lists, target="/var/lib/apt/lists", writable=True))
    mounts += [
        Link(target="/var/run", text="/run"),
        Folder(target="/run"),
        Folder(target="/opt"),
        Folder(target="/mnt"),
        Folder(target="/home"),
        Special(target="/proc", kind="proc"),
        Special(target="/dev", kind="dev"),
        Bind(source=os.fspath(_made(scratch / "tmp")), target="/tmp", writable=True),  # noqa: S108
        Bind(source=os.fspath(_made(scratch / "root")), target="/root", writable=True),
    ]
    return mounts


def python_mounts(python: Python, *, scratch: Path) -> list[Mount]:
    """An interpreter of the host, read-only, as ``/opt/python`` whatever its place on the host.

    It is mounted at its own path, because a Python may look for its library by that path, and
    ``/opt/python`` links there: a base outlives a move of its interpreter.
    """
    if python.prefix == "/usr":
        return [Link(target=PYTHON, text="/usr")]
    if not _is_taken(python.prefix):
        return [
            Bind(source=python.prefix, target=python.prefix),
            Link(target=PYTHON, text=python.prefix),
        ]
    for folder in ("lib", "lib64"):
        # A Python of /usr/local finds its library by the system's list, which names no /opt.
        libraries = _made(scratch / "stack" / "usr" / "upper" / folder)
        for library in Path(python.prefix, "lib").glob(f"libpython{python.minor}*.so*"):
            if Path("/usr", folder).is_dir() and not (libraries / library.name).is_symlink():
                (libraries / library.name).symlink_to(f"{PYTHON}/lib/{library.name}")
    return [Bind(source=python.prefix, target=PYTHON)]


def _is_taken(path: str) -> bool:
    return path.startswith(TAKEN)


def environment_mount(*, prefix: str, trees: tuple[Path, ...], upper: Path, work: Path) -> Overlay:
    """The base and its layers stacked at ``prefix``: the base's tree first, then the layers'.

    What is written goes to ``upper``; ``work`` is an empty folder beside it.
    """
    return Overlay(
        target=prefix,
        lowers=tuple(os.fspath(tree) for tree in trees),
        upper=os.fspath(_made(upper)),
        work=os.fspath(_made(work)),
    )


def python_folder(python: Python) -> str:
    """Where the prefix of an interpreter of the host is mounted inside; no link leads there."""
    return PYTHON if _is_taken(python.prefix) else python.prefix


def inside_python(python: Python) -> str:
    """Where an interpreter of the host is found inside."""
    return f"{PYTHON}/{os.path.relpath(python.executable, os.path.realpath(python.prefix))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolPaths:
    """Kagura's own parts as they are found inside, and the mounts that bring them there."""

    python: str
    packages: tuple[str, ...]
    templates: str
    inside: str
    uv: str
    mounts: tuple[Mount, ...]

    @classmethod
    def of(cls, tools: ToolEnvironment) -> ToolPaths:
        """All of it read-only below ``/opt/kagura``."""
        mounts: list[Mount] = [
            Bind(source=os.fspath(tools.inside), target=f"{TOOLS}/inside"),
            Bind(source=os.fspath(tools.templates), target=f"{TOOLS}/templates"),
            Bind(source=os.fspath(tools.uv), target=f"{TOOLS}/bin/uv"),
        ]
        packages = []
        for number, folder in enumerate(tools.packages):
            packages.append(f"{TOOLS}/packages-{number}")
            mounts.append(Bind(source=os.fspath(folder), target=packages[-1]))
        python = os.fspath(tools.python)
        prefix = os.fspath(tools.prefix)
        if prefix != "/usr" and not _is_taken(prefix):
            mounts.append(Bind(source=prefix, target=prefix))
        elif prefix != "/usr":
            mounts.append(Bind(source=prefix, target=f"{TOOLS}/python"))
            python = f"{TOOLS}/python/{tools.python.relative_to(tools.prefix)}"
        return cls(
            python=python,
            packages=tuple(packages),
            templates=f"{TOOLS}/templates",
            inside=f"{TOOLS}/inside",
            uv=f"{TOOLS}/bin/uv",
            mounts=tuple(mounts),
        )


def _assembled_etc(scratch: Path) -> Path:
    etc = _made(scratch / "etc")
    for name in ETC_FILES:
        source = Path("/etc") / name
        if source.is_file() and os.access(source, os.R_OK):
            _made((etc / name).parent)
            shutil.copyfile(source, etc / name)
    for name in ("passwd", "group"):
        (etc / name).write_text(_system_accounts(Path("/etc") / name))
    for name in ETC_FOLDERS:
        if os.path.isdir(f"/etc/{name}"):
            _made(etc / name)
    _made(etc / "apt")
    (etc / "apt" / "apt.conf").write_text(APT)
    return etc


def _system_accounts(path: Path) -> str:
    """The lines of ``/etc/passwd`` or ``/etc/group`` that name no person of this machine."""
    kept = []
    for line in path.read_text("utf-8", errors="replace").splitlines():
        fields = line.split(":")
        if len(fields) > 3 and fields[2].isdigit():
            number = int(fields[2])
            if number < FIRST_PERSON or number == NOBODY:
                fields[3:4] = [""] if path.name == "group" else fields[3:4]
                kept.append(":".join(fields))
    return "\n".join([*kept, ""])


def _top_links(scratch: Path) -> list[Mount]:
    # Merged-/usr systems have links here; older ones have folders.
    mounts: list[Mount] = []
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        top = Path("/") / name
        if top.is_symlink():
            mounts.append(Link(target=f"/{name}", text=os.readlink(top)))
        elif top.is_dir():
            mounts.append(_stacked(scratch, top))
    return mounts


def _stacked(scratch: Path, folder: Path) -> Overlay:
    own = scratch / "stack" / os.fspath(folder)[1:].replace("/", "-")
    return Overlay(
        target=os.fspath(folder),
        lowers=(os.fspath(folder.resolve()),),
        upper=os.fspath(_made(own / "upper")),
        work=os.fspath(_made(own / "work")),
    )


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
