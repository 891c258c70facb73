"""Clean: what nobody needs goes, and what somebody came to need meanwhile stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kagura.env.remembered import Memory
from kagura.env.workshop import cache_guard
from kagura.model.ledger import Cleaned, Cleaning
from kagura.store.objects import Store, StoredObject
from kagura.system.disk import tree_size
from kagura.workflows.clean import clean, survey

Make = Callable[..., StoredObject]
Use = Callable[..., Path]


def look(
    store: Store, *, everything: bool = False, inputs: bool = False, projects: bool = False
) -> Cleaning:
    return survey(store=store, everything=everything, inputs=inputs, projects=projects)


def do(store: Store, **options: bool) -> Cleaned:
    return clean(look(store, **options), store=store)


def titles(cleaning: Cleaning) -> list[str]:
    return [item.title.partition(" (")[0] for item in cleaning.leaving]


def test_what_no_project_needs_goes_and_the_rest_stays(store: Store, make: Make, use: Use) -> None:
    needed, other = make("bases", "a", era="2023-07-08"), make("bases", "b", era="2024-10-01")
    layer = make("layers", "c", added=[{"name": "optuna", "version": "4"}])
    use("project", needed)
    cleaning = look(store)
    assert titles(cleaning) == ["base 2024-10-01", "layer optuna"]
    assert [item.why for item in cleaning.kept] == ["needed by 1 project"]
    answer = clean(cleaning, store=store)
    assert len(answer.removed) == 2
    assert store.find("bases", needed.digest)
    assert not store.find("bases", other.digest)
    assert not store.find("layers", layer.digest)


def test_a_survey_removes_nothing_and_says_what_would_be_free(
    store: Store, make: Make, use: Use
) -> None:
    make("bases", "a", 1_000_000, era="2023-07-08")
    before = tree_size(store.home)
    frees = look(store).frees
    assert tree_size(store.home) >= before
    answer = do(store)
    assert answer.freed == frees
    assert before - tree_size(store.home) == pytest.approx(frees, abs=20_000)


def test_a_lease_taken_between_count_and_removal_wins(store: Store, make: Make) -> None:
    item = make("bases", "a", era="2023-07-08")
    cleaning = look(store)
    lease = store.lease(item)
    answer = clean(cleaning, store=store)
    assert (answer.removed, answer.freed) == ((), 0)
    assert "needed by now" in answer.kept[0]
    lease.release()
    assert store.find("bases", item.digest)


def test_a_project_opened_and_closed_between_count_and_removal_keeps_what_it_used(
    store: Store, make: Make, use: Use
) -> None:
    item = make("bases", "a", era="2023-07-08")
    cleaning = look(store)
    use("project", item)
    assert clean(cleaning, store=store).removed == ()
    assert store.find("bases", item.digest)


def test_a_project_that_is_gone_needs_nothing(store: Store, make: Make, use: Use) -> None:
    item = make("bases", "a", era="2023-07-08")
    (use("project", item) / "kagura.toml").unlink()
    assert len(do(store).removed) == 1


def test_what_projects_need_goes_only_if_that_is_asked_for_and_never_in_use(
    store: Store, make: Make, use: Use
) -> None:
    used, idle = make("bases", "a", era="2023-07-08"), make("bases", "b", era="2024-10-01")
    use("project", used, idle)
    with store.lease(used):
        answer = do(store, projects=True)
    assert [label.partition(" (")[0] for label in answer.removed] == ["base 2024-10-01"]
    assert store.find("bases", used.digest)


def test_inputs_and_the_cache_stay_unless_they_are_named(store: Store, make: Make) -> None:
    make("inputs", "a", handle="datasets/x/y")
    for name in ("cache/uv", "partial/0123"):
        (store.home / name).mkdir(parents=True)
    assert titles(look(store)) == []
    assert titles(look(store, inputs=True)) == ["input datasets/x/y", "broken-off download 0123"]
    assert titles(look(store, everything=True)) == ["uv's cache of downloads"]
    do(store, inputs=True, everything=True)
    assert not (store.home / "cache").exists()
    assert list((store.home / "partial").iterdir()) == []


def test_what_a_kill_left_of_a_download_that_is_whole_goes(store: Store, make: Make) -> None:
    whole = make("inputs", "a", handle="datasets/x/y")
    name = whole.digest.removeprefix("sha256:")
    for folder in (name, "0123"):
        (store.home / "partial" / folder).mkdir(parents=True)
    assert titles(look(store)) == [f"broken-off download {name[:12]}"]


def test_a_cache_that_a_build_is_using_stays(store: Store) -> None:
    (store.home / "cache" / "uv").mkdir(parents=True)
    with cache_guard(store.home, shared=True):
        assert do(store, everything=True).removed == ()
    assert (store.home / "cache" / "uv").exists()


def test_a_download_that_goes_on_stays(store: Store) -> None:
    (store.home / "partial" / "0123").mkdir(parents=True)
    with store.guard("inputs", "sha256:0123"):
        assert do(store, inputs=True).removed == ()


def test_a_damaged_object_goes_whoever_needs_it(store: Store, make: Make, use: Use) -> None:
    item = make("bases", "a", era="2023-07-08")
    use("project", item)
    (item.folder / "object.json").unlink()
    cleaning = look(store)
    assert [leaving.damaged for leaving in cleaning.leaving] == [True]
    assert len(clean(cleaning, store=store).removed) == 1


def test_a_damaged_object_that_was_built_again_meanwhile_stays(
    store: Store, make: Make, use: Use
) -> None:
    item = make("bases", "a", era="2023-07-08")
    (item.folder / "object.json").unlink()
    cleaning = look(store)
    again = make("bases", "a", era="2023-07-08")
    assert clean(cleaning, store=store).removed == ()
    assert store.find("bases", again.digest)


def test_what_is_remembered_of_what_stays_is_kept_so_that_it_is_found_offline(
    store: Store, make: Make, use: Use
) -> None:
    kept, gone = make("bases", "a", era="2023-07-08"), make("bases", "b", era="2024-10-01")
    memories = [Memory(store.home, {"base": item.digest}) for item in (kept, gone)]
    for memory, item in zip(memories, (kept, gone), strict=True):
        memory.keep({"digest": item.digest})
    use("project", kept)
    do(store)
    assert memories[0].recall() == {"digest": kept.digest}
    assert memories[1].recall() is None


def test_scratch_of_the_dead_goes_and_is_counted(store: Store) -> None:
    dead = store.home / "tmp" / "run-dead"
    dead.mkdir(parents=True)
    (dead / "file").write_bytes(b"x" * 100_000)
    answer = do(store)
    assert answer.removed == ("scratch run-dead",)
    assert answer.freed >= 100_000
    assert not dead.exists()


def test_a_note_of_a_project_survives_a_clean(store: Store, make: Make, use: Use) -> None:
    use("project", make("bases", "a", era="2023-07-08"))
    do(store)
    (note,) = (store.home / "projects").iterdir()
    assert json.loads(note.read_text())["rests_on"] == ["kagura.toml"]
