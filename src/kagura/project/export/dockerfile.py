"""``Dockerfile``: a Python image, the base as one layer, the project's delta as another."""

from __future__ import annotations

from collections.abc import Sequence

from kagura.project.export.mark import marked
from kagura.project.export.outline import WORKING, Outline
from kagura.project.export.requirements import delta_lines

__all__ = ["dockerfile_text"]

# The last Debian that images of these Pythons were made on; all later ones have Bookworm.
# https://hub.docker.com/_/python
DEBIAN = {"3.5": "buster", "3.6": "bullseye"}
LATEST = "bookworm"

FOLDERS = ("input", "lib", "src", "temp", "working")


def dockerfile_text(outline: Outline) -> str:
    """A Dockerfile that needs no other file: ``docker build - < Dockerfile``.

    The full image, not the slim one: some packages have no wheel, and their source wants a
    compiler.
    """
    python = outline.base.python
    parts = [
        f"# {outline.name}, over {outline.title}.",
        f"FROM python:{python}-{DEBIAN.get(python, LATEST)}",
        "",
        *_environment(outline),
        "RUN mkdir -p " + " ".join(f"/kaggle/{name}" for name in FOLDERS),
        *_prefix(outline),
        "",
        "# The base.",
        *_install("base", outline.base.packages, options="--no-deps"),
    ]
    if outline.lock.packages:
        parts += ["", "# The project."]
    if outline.removed:
        names = " ".join(item.name for item in outline.removed)
        parts.append(f"RUN pip uninstall --yes {names}")
    if outline.installed:
        checked = all(item.hashes for item in outline.installed)
        options = "--no-deps --require-hashes" if checked else "--no-deps"
        parts += _install("project", delta_lines(outline), options=options)
    parts += ["", f"WORKDIR {WORKING}"]
    return marked("".join(f"{part}\n" for part in parts), kind="dockerfile")


def _environment(outline: Outline) -> list[str]:
    variables = outline.environment() | {"PIP_ROOT_USER_ACTION": "ignore"}
    pairs = [f'{name}="{value}"' for name, value in sorted(variables.items())]
    return ["ENV " + " \\\n    ".join(pairs)]


def _prefix(outline: Outline) -> list[str]:
    """The folder that the packages are in, as Kaggle had it."""
    if outline.prefix != "/usr/local":
        return [
            f"RUN python -m venv {outline.prefix}",
            f'ENV PATH="{outline.prefix}/bin:$PATH"',
        ]
    if outline.base.plain:
        return []
    return [f"RUN ln -s site-packages /usr/local/lib/python{outline.base.python}/dist-packages"]


def _install(name: str, lines: Sequence[str], *, options: str) -> list[str]:
    if not lines:
        return []
    path = f"/opt/{name}-requirements.txt"
    listed = "".join(f" \\\n      '{line}'" for line in lines)
    return [
        f"RUN printf '%s\\n'{listed} \\\n      > {path} \\",
        f" && pip install --no-cache-dir {options} --requirement {path}",
    ]
