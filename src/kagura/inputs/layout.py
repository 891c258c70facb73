"""Kaggle's two mount layouts: which one a notebook expects, and what each input is called in it.

Until about February 2026 an input was a folder right below ``/kaggle/input`` (``flat``); since
then it is below ``competitions``, ``datasets``, ``models`` or ``notebooks`` (``nested``).  The site
keeps a notebook's old layout, and tells nobody which one it is: the code's own paths do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal

from kagura.model.handle import Handle

if TYPE_CHECKING:
    from kagura.model.needs import InputUse, Needs

__all__ = [
    "NESTED_SINCE",
    "SCRIPTS",
    "Layout",
    "choose_layout",
    "covers",
    "flat_names",
    "is_script",
    "module_of",
    "names_of",
    "nested_name",
    "script_path",
]

Layout = Literal["flat", "nested"]

SCRIPTS = "/kaggle/usr/lib"

NESTED_SINCE = date(2026, 2, 1)

# Folders of the layouts themselves: no input can be called so right below /kaggle/input.
TAKEN = frozenset({"competitions", "d", "datasets", "m", "models", "notebooks"})


def choose_layout(
    uses: Iterable[InputUse], handles: Sequence[Handle], *, day: date | None
) -> tuple[Layout, str]:
    """The layout and the reason for it, in words: the code's paths, else the day of its last run.

    Paths of inputs that are known count; if none is, those of any input.
    """
    mentioned = [use for use in uses if use.name is not None]
    of_these = [use for use in mentioned if any(use.name in names_of(h) for h in handles)]
    counted = of_these or mentioned
    nested = sum(not _is_flat(use) for use in counted)
    if counted:
        layout: Layout = "nested" if 2 * nested > len(counted) else "flat"
        example = next(use for use in counted if _is_flat(use) == (layout == "flat"))
        return layout, f"the code reads /kaggle/input/{example.name}"
    if day is None:
        return "nested", "Kaggle's layout today"
    layout = "flat" if day < NESTED_SINCE else "nested"
    return layout, f"Kaggle's layout on {day}"


def nested_name(handle: Handle) -> str:
    """Where an input is below ``/kaggle/input`` in the nested layout."""
    if handle.kind != "model":
        return handle.name
    return f"models/{handle.owner}/{_model(handle)}"


def flat_names(handles: Sequence[Handle]) -> dict[Handle, str]:
    """Where inputs are below ``/kaggle/input`` in the flat layout.

    Of two with one name the first has it; the other has its owner before it (``d/OWNER/SLUG``).
    """
    names: dict[Handle, str] = {}
    for handle in handles:
        plain, *others = _flat(handle)
        clash = plain in names.values() or plain in TAKEN
        names[handle] = others[0] if clash and others else plain
    return names


def names_of(handle: Handle) -> tuple[str, ...]:
    """Every name that code may have for an input, in all layouts."""
    names = [nested_name(handle), *_flat(handle)]
    if handle.kind == "dataset":
        names.append(f"datasets/organizations/{handle.owner}/{handle.slug}")
    return tuple(dict.fromkeys(names))


def covers(handle: Handle, name: str) -> bool:
    """Whether a name that code has is an input's; of a model, also the beginning of its path."""
    wanted = name.lower().split("/")
    for one in names_of(handle):
        known = one.lower().split("/")
        if handle.kind == "model":
            known = known[: len(wanted)]
            if handle.version is None and known[-1] == "none":
                known[-1] = wanted[-1]  # whatever version the code has
        if known == wanted:
            return True
    return False


def is_script(handle: Handle, needs: Needs) -> bool:
    """Whether the code uses a notebook as a utility script: imports it, or names its folder."""
    module = module_of(handle)
    return handle.kind == "notebook" and (
        any(use.top == module for use in needs.imports) or module in needs.scripts
    )


def script_path(handle: Handle, layout: Layout) -> str:
    """The folder of a utility script inside."""
    owner = f"notebooks/{handle.owner}/" if layout == "nested" else ""
    return f"{SCRIPTS}/{owner}{module_of(handle)}"


def module_of(handle: Handle) -> str:
    """What a utility script is imported by."""
    return handle.slug.replace("-", "_")


def _flat(handle: Handle) -> list[str]:
    match handle.kind:
        case "dataset":
            return [handle.slug, f"d/{handle.owner}/{handle.slug}"]
        case "model":
            return [_model(handle), f"m/{handle.owner}/{_model(handle)}"]
        case _:
            return [handle.slug]


def _model(handle: Handle) -> str:
    # Kaggle writes pyTorch in a handle, and pytorch in a path.
    framework = (handle.framework or "").lower()
    return f"{handle.slug}/{framework}/{handle.variation}/{handle.version}"


def _is_flat(use: InputUse) -> bool:
    # `d/OWNER/SLUG` and `m/…` have folders in them too, and are the flat layout's.
    return use.layout == "flat" or str(use.name).startswith(("d/", "m/"))
