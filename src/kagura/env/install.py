"""Putting exact packages into a tree: wheels first, then what has to be built, then bytecode."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from kagura.env.names import normalized
from kagura.env.resolve import fail_if_unreachable
from kagura.env.workshop import Workshop
from kagura.errors import MachineError, ServiceError
from kagura.model.base import LeftOut, Package

__all__ = ["compile_bytecode", "install"]

# uv names one package without a usable wheel at a time.
WITHOUT_WHEEL = (
    re.compile(r"Wheels are required for `([^`]+)`"),
    re.compile(r"([A-Za-z0-9][\w.\-]*)==\S+ has no usable wheels"),
    re.compile(
        r"Distribution `([^=`]+)==[^`]*` can't be installed because it is marked as `--no-b"
    ),
)


def install(
    workshop: Workshop,
    packages: Sequence[Package],
    *,
    exclude_newer: date,
    mends: str,
    on_line: Callable[[str], None],
    hashes: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> tuple[LeftOut, ...]:
    """Install exactly these packages; gives those that could not be had, with the reason.

    ``hashes`` are those that a package's file may have, by the package's name; none: any.
    Wheels are linked from uv's cache.  What exists as source only is built in a sandbox of its
    own, with build tools of the same date.  Raises ServiceError if the index is out of reach.
    """
    wheels = {package.name: package for package in packages}
    sources: list[Package] = []
    options = ["--no-deps", "--config-file", workshop.desk("uv.toml", mends)]
    while wheels:
        lines = "".join(_line(item, hashes) for item in wheels.values())
        names = workshop.desk("wheels.txt", lines)
        answer = workshop.install(
            [*_target(workshop), *options, "--no-build", "-r", names], on_line=on_line
        )
        if answer.status == 0:
            break
        _fail_if_another_file(answer.stderr)
        fail_if_unreachable(answer.stderr)
        lacking = _without_wheel(answer.stderr) & set(wheels)
        if not lacking:
            raise ServiceError(f"uv could not install the packages: {_last_line(answer.stderr)}")
        sources += [wheels.pop(name) for name in sorted(lacking)]
    return tuple(
        failure
        for package in sources
        if (failure := _build(workshop, package, options, exclude_newer, hashes, on_line))
    )


def _line(package: Package, hashes: Mapping[str, Sequence[str]]) -> str:
    found = (f" --hash={value}" for value in hashes.get(package.name, ()))
    return f"{package}{''.join(found)}\n"


def _build(
    workshop: Workshop,
    package: Package,
    options: list[str],
    exclude_newer: date,
    hashes: Mapping[str, Sequence[str]],
    on_line: Callable[[str], None],
) -> LeftOut | None:
    dates = ["--exclude-newer", exclude_newer.isoformat()]
    dates += ["--exclude-newer-package", f"{package.name}=false"]
    wanted = workshop.desk("source.txt", _line(package, hashes))
    answer = workshop.build(["pip", "install", *options, *dates, "-r", wanted], on_line=on_line)
    if answer.status == 0:
        return None
    _fail_if_another_file(answer.stderr)
    fail_if_unreachable(answer.stderr)
    return LeftOut(requirement=str(package), why=f"no wheel, and {_why(answer.stderr)}")


def compile_bytecode(workshop: Workshop) -> None:
    """Compile what is in the tree being built: a throw-away top would lose it on every run.

    Files for other Pythons (templates, Python 2 leftovers) don't compile; that is no failure.
    Raises MachineError if the work was cut off.
    """
    folders = sorted(workshop.upper.glob("lib/python*/site-packages"))
    inside = [
        f"{workshop.prefix}/{entry.relative_to(workshop.upper)}"
        for folder in folders
        for entry in sorted(folder.iterdir())
        if (entry.is_dir() and not entry.name.endswith(".dist-info")) or entry.suffix == ".py"
    ]
    if inside:
        python, program = f"{workshop.prefix}/bin/python", f"{workshop.tools.inside}/bytecode.py"
        answer = workshop.alone([python, "-I", "-S", program, *inside])
        if answer.status != 0:
            raise MachineError(f"compiling the packages was cut off (status {answer.status})")


def _target(workshop: Workshop) -> list[str]:
    target = ["pip", "install", "--python", f"{workshop.prefix}/bin/python"]
    return target if workshop.trees else [*target, "--prefix", workshop.install_prefix]


def _fail_if_another_file(text: str) -> None:
    mismatch = re.search(r"Hash mismatch for `([^`]+)`", text)
    if mismatch:
        raise ServiceError(
            f"{mismatch[1]}: the package index has another file than the one that was locked",
            hint="if it is meant to be so: kagura lock --upgrade",
        )


def _without_wheel(text: str) -> set[str]:
    return {normalized(name) for pattern in WITHOUT_WHEEL for name in pattern.findall(text)}


def _why(text: str) -> str:
    for sign, words in (
        ("command 'gcc' failed", "its source needs a C compiler's work that failed"),
        ("No such file or directory: 'gcc'", "this machine has no C compiler (gcc)"),
        ("unable to execute 'gcc'", "this machine has no C compiler (gcc)"),
        ("No such file or directory: 'cmake'", "this machine has no cmake"),
    ):
        if sign in text:
            return words
    return f"its source could not be built ({_last_line(text)})"


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(\w*Error\b|error:|cause:)", line)]
    return (errors or lines or ["no message"])[-1][:200]
