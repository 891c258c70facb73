"""The resolver over a base: what stays, what gives way, what is mended, and what is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kagura.engines.bubblewrap import Bubblewrap
from kagura.env import over_base
from kagura.env.base import ReadyBase
from kagura.env.layer import ReadyLayer
from kagura.env.locked_layer import described
from kagura.env.over_base import Delta, Wants, resolve_over
from kagura.env.resolve import Answer, Question, Refusal
from kagura.env.site import Site
from kagura.env.stack import stacked
from kagura.errors import UsageError
from kagura.model.base import Base, Package, Python
from kagura.model.era import Era
from kagura.model.lock import Lock
from kagura.progress import Silent
from kagura.store.objects import Store, StoredObject

ERA = Era(date=date(2026, 1, 1), commit="c", python="3.11", colab=None, requirements=(), plain=True)
Resolver = Callable[[Question], tuple[Answer, ...] | Refusal]


def base_of(tree: Path, packages: dict[str, str], requires: dict[str, str]) -> ReadyBase:
    """A base with packages by version, some of which require something."""
    for name, requirement in requires.items():
        folder = tree / "tree" / "lib" / "python3.11" / "site-packages" / f"{name}-1.dist-info"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "METADATA").write_text(f"Name: {name}\nRequires-Dist: {requirement}\n\n")
    base = Base(
        digest="sha256:0",
        era=ERA.date,
        prefix="/usr/local",
        python=Python(executable="/p", prefix="/", version="3.11.7"),
        wanted_python="3.11",
        packages=tuple(Package(name=name, version=packages[name]) for name in sorted(packages)),
        left_out=(),
        given_way=(),
    )
    item = StoredObject(kind="bases", digest=base.digest, folder=tree, record={})
    return ReadyBase(base=base, item=item, warning=None)


def answer(name: str, version: str, *needed_by: str) -> Answer:
    package = Package(name=name, version=version)
    return Answer(package=package, hashes=(), needed_by=needed_by, direct=not needed_by)


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Callable[[Resolver], list[Question]]:
    """Put a function in the place of uv; the questions that it was asked."""

    def put(resolver: Resolver) -> list[Question]:
        asked: list[Question] = []

        def answered(_: object, question: Question, **__: object) -> object:
            asked.append(question)
            return resolver(question)

        monkeypatch.setattr(over_base, "ask_in_full", answered)
        return asked

    return put


def resolved(wants: Wants, over: ReadyBase) -> Delta:
    site = Site(store=Store(over.item.folder / "home"), engine=Bubblewrap(), progress=Silent())
    return resolve_over(wants, over=over, era=ERA, site=site)


def told(delta: Delta) -> list[str]:
    return [f"{item.change} {item} was {item.was}" for item in delta.packages]


def test_a_base_that_can_stay_stays_and_is_all_pinned(
    tmp_path: Path, ask: Callable[[Resolver], list[Question]]
) -> None:
    asked = ask(lambda _: (answer("numpy", "1", "new"), answer("new", "3")))
    over = base_of(tmp_path, {"numpy": "1", "pandas": "2"}, {"pandas": "numpy<2"})
    delta = resolved(Wants(requirements=("new",)), over)
    assert told(delta) == ["added new==3 was None"]
    assert delta.conflicts == ()
    assert asked[0].constraints == ("numpy==1", "pandas==2")
    assert asked[0].exclude_newer == ERA.date


def test_what_stands_in_the_way_gives_way_and_what_breaks_by_it_is_mended(
    tmp_path: Path, ask: Callable[[Resolver], list[Question]]
) -> None:
    def resolver(question: Question) -> tuple[Answer, ...] | Refusal:
        if "numpy==1" in question.constraints:
            return Refusal(text="Because new depends on numpy>=2 and numpy==1, you can not.")
        mended = [answer("pandas", "3")] if "pandas" in question.requirements else []
        return (answer("numpy", "2", "new"), answer("new", "3"), *mended)

    asked = ask(resolver)
    packages = {"numpy": "1", "pandas": "2", "xlrd": "2"}
    over = base_of(tmp_path, packages, {"pandas": "numpy<2", "xlrd": "lost"})
    delta = resolved(Wants(requirements=("new",)), over)
    assert told(delta) == [
        "added new==3 was None",
        "changed numpy==2 was 1",
        "changed pandas==3 was 2",
    ]
    assert [(item.package.name, item.unmet) for item in delta.conflicts] == [
        ("numpy", ()),
        ("pandas", ()),
    ]
    # pandas required the old numpy: it is told why it changed.
    mended = [tuple(map(str, item.mended)) for item in delta.conflicts]
    assert mended == [("pandas requires numpy<2",), ()]
    assert len(asked) == 3
    assert asked[-1].requirements == ("new", "pandas")
    assert asked[-1].constraints == ("xlrd==2",)


def test_what_cannot_be_mended_is_told(
    tmp_path: Path, ask: Callable[[Resolver], list[Question]]
) -> None:
    def resolver(question: Question) -> tuple[Answer, ...] | Refusal:
        if "pandas" in question.requirements:
            return Refusal(text="Because pandas depends on numpy<2, you can not.")
        return (answer("numpy", "2"),)

    ask(resolver)
    over = base_of(tmp_path, {"numpy": "1", "pandas": "2"}, {"pandas": "numpy<2"})
    delta = resolved(Wants(requirements=("numpy>=2",)), over)
    assert told(delta) == ["changed numpy==2 was 1"]
    assert [str(wish) for wish in delta.conflicts[0].unmet] == ["pandas requires numpy<2"]
    assert delta.conflicts[0].mended == ()


def test_what_cannot_be_mended_does_not_keep_the_others_from_it(
    tmp_path: Path, ask: Callable[[Resolver], list[Question]]
) -> None:
    def resolver(question: Question) -> tuple[Answer, ...] | Refusal:
        if "pandas" in question.requirements:
            return Refusal(text="Because pandas depends on numpy<2, you can not.")
        mended = [answer("scipy", "3")] if "scipy" in question.requirements else []
        return (answer("numpy", "2"), *mended)

    ask(resolver)
    packages = {"numpy": "1", "pandas": "2", "scipy": "2"}
    over = base_of(tmp_path, packages, {"pandas": "numpy<2", "scipy": "numpy<2"})
    delta = resolved(Wants(requirements=("numpy>=2",)), over)
    assert told(delta) == ["changed numpy==2 was 1", "changed scipy==3 was 2"]
    assert [str(wish) for wish in delta.conflicts[0].unmet] == ["pandas requires numpy<2"]


def test_a_change_that_is_forbidden_is_refused_before_or_after_asking(
    tmp_path: Path, ask: Callable[[Resolver], list[Question]]
) -> None:
    asked = ask(lambda _: Refusal(text="Because new depends on numpy>=2 and numpy==1, no."))
    over = base_of(tmp_path, {"numpy": "1"}, {})
    with pytest.raises(UsageError, match="numpy>=2: not without a change of the base, which has"):
        resolved(Wants(requirements=("numpy>=2",), no_change=True), over)
    assert asked == []
    with pytest.raises(UsageError, match="new: not without a change of the base, which has numpy"):
        resolved(Wants(requirements=("new",), no_change=True), over)


def test_what_has_changed_already_is_no_change(
    tmp_path: Path, ask: Callable[[Resolver], list[Question]]
) -> None:
    asked = ask(lambda _: (answer("new", "3"), answer("numpy", "2")))
    over = base_of(tmp_path, {"numpy": "1", "pandas": "2"}, {})
    wants = Wants(requirements=("new", "numpy>=2"), no_change=True, changed=("numpy",))
    assert told(resolved(wants, over)) == ["added new==3 was None", "changed numpy==2 was 1"]
    assert asked[0].constraints == ("pandas==2",)


def test_what_is_taken_out_is_neither_pinned_nor_wanted_again(
    tmp_path: Path, ask: Callable[[Resolver], list[Question]]
) -> None:
    asked = ask(lambda _: (answer("new", "3"),))
    over = base_of(tmp_path, {"numpy": "1", "pandas": "2"}, {"pandas": "numpy<2"})
    delta = resolved(Wants(requirements=("new",), without=("NumPy",)), over)
    assert told(delta) == ["added new==3 was None", "removed numpy was 1"]
    assert [str(wish) for wish in delta.conflicts[0].unmet] == ["pandas requires numpy<2"]
    assert asked[0].constraints == ("pandas==2",)
    assert "numpy" in asked[0].excludes
    alone = resolved(Wants(requirements=(), without=("numpy",)), over)
    assert told(alone) == ["removed numpy was 1"]


def test_a_search_for_what_nobody_has_ends(
    tmp_path: Path, ask: Callable[[Resolver], list[Question]]
) -> None:
    packages = {f"p{number}": "1" for number in range(20)}
    text = "Because " + " and ".join(f"{name}==1" for name in packages) + ", you can not."
    asked = ask(lambda _: Refusal(text=text))
    with pytest.raises(UsageError, match="new cannot be had over this base"):
        resolved(Wants(requirements=("new",)), base_of(tmp_path, packages, {}))
    assert len(asked) == len(packages) + 1


NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f"])
VERSIONS = st.sampled_from(["1", "2", "3"])


@settings(deadline=None)
@given(
    held=st.dictionaries(NAMES, VERSIONS),
    wanted=st.dictionaries(NAMES, VERSIONS, min_size=1),
    without=st.sets(NAMES),
)
def test_a_delta_over_its_base_is_what_was_resolved_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory,
    held: dict[str, str],
    wanted: dict[str, str],
    without: set[str],
) -> None:
    wanted = {name: version for name, version in wanted.items() if name not in without}
    over = base_of(tmp_path_factory.getbasetemp(), held, {})
    search = over_base._Search(Wants(requirements=tuple(wanted), without=tuple(without)), over, ERA)
    delta = search.delta([answer(name, version) for name, version in wanted.items()])
    assert [item.name for item in delta.packages] == sorted({i.name for i in delta.packages})
    assert {item.package.name for item in delta.conflicts} <= set(held)
    layer = described("sha256:1", Lock(packages=delta.packages), over)
    both = stacked(over, ReadyLayer(layer=layer, item=over.item))
    seen = {item.name: item.version for item in both.base.packages}
    kept = {name: version for name, version in held.items() if name not in without}
    assert seen == kept | wanted
