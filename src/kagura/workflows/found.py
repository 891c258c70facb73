"""Which inputs a notebook that is here reads: what is sure, what is a guess, what nothing tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from kagura.errors import KaguraError, UsageError
from kagura.inputs.layout import covers
from kagura.kaggle.client import Client
from kagura.model.handle import Handle, HandleKind, input_handle
from kagura.model.needs import Needs, Source
from kagura.progress import Progress

__all__ = ["Found", "find_inputs"]

# So many data sets of one name are looked at, and so many older versions of one.
MOST_NAMESAKES, MOST_VERSIONS = 10, 20
FULL = ("competitions", "datasets", "models", "notebooks", "d", "m")
WORDS: dict[HandleKind, tuple[str, str, str]] = {
    "competition": ("competition", "competitions", "competitions/SLUG"),
    "dataset": ("data set", "data sets", "OWNER/SLUG"),
    "model": ("model", "models", "OWNER/MODEL/FRAMEWORK/VARIATION/VERSION"),
    "notebook": ("notebook's output", "notebooks' outputs", "notebooks/OWNER/SLUG"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An input that the project has not, and whether that is sure."""

    handle: Handle
    is_sure: bool = True


def find_inputs(
    needs: Needs,
    *,
    listed: Sequence[Handle],
    known: Sequence[Handle],
    folders: Iterable[str],
    client: Client,
    progress: Progress,
) -> tuple[Found, ...]:
    """What a notebook needs beyond ``known``, told with the reasons, and what is not found.

    ``listed`` are by its ``kernel-metadata.json``: if there are any, nothing is guessed.
    ``folders`` are names of inputs of this machine.
    """
    names = dict.fromkeys(use.name for use in needs.inputs if use.name)
    own = tuple(folders)
    found: dict[str, Found] = {one.name.casefold(): Found(handle=one) for one in known}

    def add(one: Found, why: str) -> None:
        if one.handle.name.casefold() not in found:
            found[one.handle.name.casefold()] = one
            progress.say("sure" if one.is_sure else "guess", f"{one.handle}: {why}")

    for handle in listed:
        add(Found(handle=handle), "kernel-metadata.json lists it")
    for name in () if listed else names:
        full = _full(name)
        if full is not None and not any(covers(one, name) for one in known):
            why = f"the code reads /kaggle/input/{name}"
            add(Found(handle=_pinned(full, needs.sources, client)), why)
    for name in names:
        if any(covers(one.handle, name) for one in found.values()) or _is_own(name, own):
            continue
        if listed:
            progress.warn(
                f"the code reads /kaggle/input/{name}, which kernel-metadata.json does not list",
                hint=_hint(name),
            )
        else:
            for one, why in _guessed(name, needs.sources, client, progress):
                add(one, why)
    handles = [one.handle for one in found.values()]
    _tell_bare(needs, count=len(handles) + len(own), progress=progress)
    _tell_missing(needs.sources, handles, progress)
    new = [one for one in found.values() if one.handle not in known]
    return tuple(new if listed else sorted(new, key=lambda one: _first_use(one.handle, names)))


def _first_use(handle: Handle, names: Iterable[str]) -> int:
    return next((place for place, name in enumerate(names) if covers(handle, name)), 0)


def _guessed(
    name: str, sources: Sequence[Source], client: Client, progress: Progress
) -> list[tuple[Found, str]]:
    """What a name without an owner stands for; nothing, and that is told, if nothing tells."""
    why = f"the code reads /kaggle/input/{name}"
    is_model, slug = "/" in name, name.partition("/")[0]
    others: list[Handle] = []
    if not is_model:
        guess, others, is_sure = _called(slug, sources, client)
        if guess is not None and is_sure:
            version = "" if guess.version else "; its version is not found: the newest"
            return [(Found(handle=guess), f"{why}, and the notebook's metadata names it{version}")]
        if guess is not None:
            also = f" (or {', '.join(map(str, others[:3]))}, with fewer votes)" if others else ""
            return [(Found(handle=guess, is_sure=False), why + also)]
    if others:
        progress.warn(
            f"{why}; {others[0]} is called so, but is none of those in the notebook's metadata",
            hint=f"if it is what you want: kagura input add {others[0].plain}",
        )
    else:
        progress.warn(f"{why}, and whose data that is nothing tells", hint=_hint(name))
    return []


def _called(
    slug: str, sources: Sequence[Source], client: Client
) -> tuple[Handle | None, list[Handle], bool]:
    """What is called so on Kaggle: the best, the others, and whether the best is sure.

    A data set that the notebook's metadata names by its number; else a competition; else data
    sets, the most voted one first, but those that cannot be by their numbers.
    """
    data_sets: list[Handle] = []
    if any(source.kind == "dataset" for source in sources):
        data_sets = _data_sets(slug, client)
        for handle in data_sets[:MOST_NAMESAKES]:
            pinned = _confirmed(handle, sources, client)
            if pinned is not None:
                return pinned, [], True
    has_numbers = any(source.dataset_id for source in sources)
    if not sources or any(source.kind == "competition" for source in sources) or not data_sets:
        with suppress(KaguraError):
            next(iter(client.competition_files(slug)), None)
            return Handle(kind="competition", slug=slug), [], False
    if has_numbers and data_sets:
        return None, data_sets, False
    data_sets = data_sets or _data_sets(slug, client)
    return (data_sets[0] if data_sets else None), data_sets[1:], False


def _data_sets(slug: str, client: Client) -> list[Handle]:
    with suppress(KaguraError):
        return [input_handle(handle) for handle in client.datasets_called(slug)]
    return []


def _pinned(handle: Handle, sources: Sequence[Source], client: Client) -> Handle:
    if handle.kind != "dataset" or handle.version is not None:
        return handle
    return _confirmed(handle, sources, client) or handle


def _confirmed(handle: Handle, sources: Sequence[Source], client: Client) -> Handle | None:
    """A data set in the version whose number the metadata has; without one if only its own is.

    The numbers are in the addresses that Kaggle signs: nothing is fetched.
    """
    versions = {one.version_id for one in sources if one.kind == "dataset" and one.version_id}
    ids = {one.dataset_id for one in sources if one.dataset_id}
    if not versions and not ids:
        return None
    with suppress(KaguraError):
        newest = client.dataset_address(handle.plain)
        if ids and newest.dataset_id not in ids:
            return None
        about = client.dataset(handle.plain)
        if newest.version_id in versions:
            return handle.at(about.version)
        older = [
            number
            for number in about.versions or range(about.version, 0, -1)
            if number != about.version
        ]
        for number in older[:MOST_VERSIONS]:
            with suppress(KaguraError):  # one version may be gone
                address = client.dataset_address(handle.plain, version=number)
                if address.version_id in versions:
                    return handle.at(number)
        return handle if ids else None
    return None


def _full(name: str) -> Handle | None:
    if name.partition("/")[0] not in FULL:
        return None
    try:
        return input_handle(name)
    except UsageError:
        return None


def _is_own(name: str, folders: Sequence[str]) -> bool:
    return any(name == folder or name.endswith(f"/{folder}") for folder in folders)


def _hint(name: str) -> str:
    handle = f"OWNER/{name.partition('/')[0]}"
    if _full(name) is not None:
        handle = name
    elif "/" in name:
        handle = f"OWNER/{name}"
    return f"find it on Kaggle, then: kagura input add {handle}"


def _tell_bare(needs: Needs, *, count: int, progress: Progress) -> None:
    paths = [use.path for use in needs.inputs if use.name is None]
    if not paths:
        return
    shown = ", ".join(f"/kaggle/input/{path}" for path in paths[:3])
    shown += " …" if len(paths) > 3 else ""
    if count == 1:
        progress.say("guess", f"{shown}: files of the one input")
    else:
        progress.warn(
            f"the code reads {shown}, and of which data that is nothing tells",
            hint="if a project has one input only, its files are there: "
            "kagura input add OWNER/SLUG, kagura input remove NAME",
        )


def _tell_missing(sources: Sequence[Source], handles: Sequence[Handle], progress: Progress) -> None:
    lacking: list[str] = []
    commands: list[str] = []
    for kind, (one, several, handle) in WORDS.items():
        count = sum(source.kind == kind for source in sources)
        count -= sum(handle.kind == kind for handle in handles)
        if count > 0:
            lacking.append(f"{count} {one if count == 1 else several}")
            commands.append(f"kagura input add {handle}")
    if lacking:
        verb = "is" if len(lacking) == 1 and lacking[0].startswith("1 ") else "are"
        had = f"{len(sources)} data source{'s' if len(sources) > 1 else ''}"
        progress.warn(
            f"the notebook had {had}; {' and '.join(lacking)} {verb} not found",
            hint=f"its page on Kaggle names them: {' · '.join(commands)}",
        )
