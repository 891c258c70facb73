"""The resolver over a base: what a project's requirements add to it, change in it, remove from it.

The base stays as it is if there is any answer with it.  Else the packages that stand in the way
may change, and those of the base that would break by it are resolved anew along with them, until
nothing is worse than it was in the base.  What cannot be mended is told, not hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from kagura.env.base import ReadyBase
from kagura.env.base_builder import package_date
from kagura.env.consistency import Wish, unmet, wishes
from kagura.env.core import excludes, only_binary
from kagura.env.known_pins import known_pins
from kagura.env.metadata_mends import config_toml
from kagura.env.names import name_of, normalized
from kagura.env.pins import is_exact
from kagura.env.refusals import changes_refused, refusal_told
from kagura.env.relax import requirement_to_leave_out, to_drop
from kagura.env.requirements import exact
from kagura.env.resolve import Answer, Question, Refusal, ask_in_full
from kagura.env.site import Site
from kagura.env.workshop import Workshop
from kagura.model.base import Package
from kagura.model.era import Era, Pin
from kagura.model.lock import LockedPackage
from kagura.store.scratch import scratch_folder

__all__ = ["Conflict", "Delta", "Wants", "resolve_over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """What a project wants of its base.

    ``day`` is the last whose packages count (None: the base's own); ``kept`` are versions to
    keep where nothing speaks against them; ``no_change`` forbids any change of the base but of
    those in ``changed`` (by name), which the project has in another version already.
    """

    requirements: tuple[str, ...]
    without: tuple[str, ...] = ()
    day: date | None = None
    kept: tuple[Package, ...] = ()
    no_change: bool = False
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A package of the base that changes or goes, and the wishes of others that it then fails.

    ``mended`` are wishes that it would fail, had those who wish it not changed along with it.
    """

    package: LockedPackage
    unmet: tuple[Wish, ...]
    mended: tuple[Wish, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What the wants mean: packages by name, and a conflict for each that the base has too."""

    packages: tuple[LockedPackage, ...]
    conflicts: tuple[Conflict, ...]


def resolve_over(wants: Wants, *, over: ReadyBase, era: Era, site: Site) -> Delta:
    """The delta that a project's wants mean over a base.

    Raises UsageError for wants that cannot be met, in the project's words; ServiceError when the
    index is out of reach.
    """
    if not wants.requirements:
        return _Search(wants, over, era).delta(())
    # What was seen on another Python, or in Kaggle's images, says little of this one.
    same = over.base.python.minor == era.python and not era.plain
    search = _Search(wants, over, era, known_pins(era, home=site.store.home) if same else ())
    with scratch_folder(site.store.home, "resolve") as scratch:
        workshop = Workshop(
            engine=site.engine,
            home=site.store.home,
            offline=site.offline,
            reach=site.network(internet=not site.offline),
            scratch=scratch,
            python=over.base.python,
            prefix=over.base.prefix,
            trees=over.trees,
            upper=scratch / "upper",
        )
        return search.delta(search.run(workshop, site))


class _Search:
    """The state of one search: it ends, because each round frees a package or drops a wish."""

    def __init__(self, wants: Wants, over: ReadyBase, era: Era, own: tuple[Pin, ...] = ()) -> None:
        base = over.base
        self.wants, self.over, self.era = wants, over, era
        self.gone = {normalized(name) for name in wants.without}
        self.held = {item.name: item.version for item in base.packages}
        self.free: set[str] = set(wants.changed) & set(self.held) if wants.no_change else set()
        self.mended: set[str] = set()
        self.hopeless: set[str] = set()
        self.day = wants.day or package_date(era, base.python)
        self._wishes: tuple[Wish, ...] | None = None
        asked = [Requirement(text) for text in wants.requirements]
        # What the project itself says of a package counts more than what Kaggle had.
        said = {normalized(item.name): item.specifier for item in asked if len(item.specifier)}
        self.era_pins = [
            pin for pin in own if normalized(pin.name) not in self.held and pin.name not in said
        ]
        for name, specifier in said.items():
            if name in self.held and not specifier.contains(self.held[name], prereleases=True):
                self.free.add(name)

    def run(self, workshop: Workshop, site: Site) -> tuple[Answer, ...]:
        """Ask until there is an answer that nothing of the base is worse by."""
        site.progress.update("resolved", ", ".join(self.wants.requirements))
        self._refuse(self.free)
        while True:
            answer = ask_in_full(workshop, self._question(), on_line=lambda _: None)
            if isinstance(answer, Refusal):
                if self._give_way(answer) or self._give_up(answer):
                    continue
                raise refusal_told(answer.text, self.wants.requirements, self.over.base, self.day)
            broken = {wish.by for wish in self._worse(answer)} - self.mended - self.hopeless
            if not broken:
                return answer
            self._refuse(broken)
            self.mended |= broken
            self.free |= broken

    def _refuse(self, names: Iterable[str]) -> None:
        """Raise UsageError if these of the base must not change."""
        new = sorted(set(names) - set(self.wants.changed))
        if new and self.wants.no_change:
            raise changes_refused(new, self.wants.requirements, self.over.base)

    def delta(self, answers: Sequence[Answer]) -> Delta:
        """The answer as what differs from the base."""
        found = [self._locked(answer) for answer in answers if self._differs(answer)]
        found += [
            LockedPackage(name=name, change="removed", was=self.held[name])
            for name in sorted(self.gone & set(self.held))
        ]
        found.sort(key=lambda item: item.name)
        changes = any(item.change != "added" for item in found)
        lost, worse = (self._lost(answers), self._worse(answers)) if changes else ((), ())
        conflicts = tuple(
            Conflict(
                package=item,
                unmet=tuple(wish for wish in worse if wish.name == item.name),
                mended=tuple(
                    wish
                    for wish in lost
                    if wish.name == item.name and wish not in worse and wish.by not in self.gone
                ),
            )
            for item in found
            if item.change != "added"
        )
        return Delta(packages=tuple(found), conflicts=conflicts)

    def _question(self) -> Question:
        firm = [item for item in self.over.base.packages if item.name not in self.free | self.gone]
        kept = {item.name: item for item in (*self.over.base.packages, *self.wants.kept)}
        exempt = [pin.name for pin in self.era_pins if is_exact(pin)]
        asked = tuple(map(name_of, self.wants.requirements))
        return Question(
            requirements=(*self.wants.requirements, *sorted(self.mended - set(asked))),
            constraints=(
                *map(str, firm),
                *(f"{pin.name}{pin.specifier}" for pin in self.era_pins),
            ),
            excludes=(*excludes(self.era, asked=asked), *sorted(self.gone)),
            only_binary=only_binary(self.era),
            preferred=tuple(item for _, item in sorted(kept.items())),
            exempt=(*(item.name for item in firm), *exempt, *self._exactly_asked()),
            exclude_newer=self.day,
            mends=config_toml(self.day),
        )

    def _exactly_asked(self) -> Iterable[str]:
        """Who names one version means it, whatever its date."""
        for text in self.wants.requirements:
            wanted = Requirement(text)
            if exact(SpecifierSet(str(wanted.specifier))):
                yield normalized(wanted.name)

    def _give_way(self, refusal: Refusal) -> bool:
        """Let the weakest of what the refusal speaks of go; False if there is nothing."""
        base = [
            Pin(name=item.name, specifier=f"=={item.version}", strength="observed")
            for item in self.over.base.packages
            if item.name not in self.free | self.gone
        ]
        if self.wants.no_change:
            weakest = to_drop(refusal.text, self.era_pins)
            if not weakest and (blamed := to_drop(refusal.text, base)):
                self._refuse(pin.name for pin in blamed)
        else:
            weakest = to_drop(refusal.text, [*base, *self.era_pins])
        self.free |= {pin.name for pin in weakest if pin in base}
        self.era_pins = [pin for pin in self.era_pins if pin not in weakest]
        return bool(weakest)

    def _give_up(self, refusal: Refusal) -> bool:
        """Leave a package of the base broken that cannot be mended; False if there is none."""
        if not self.mended:
            return False
        blamed, _ = requirement_to_leave_out(refusal.text, sorted(self.mended))
        self.mended.remove(blamed)
        self.hopeless.add(blamed)
        return True

    def _worse(self, answers: Sequence[Answer]) -> tuple[Wish, ...]:
        """Wishes of packages that stay as they are in the base, met there and now no more."""
        changed = {answer.package.name for answer in answers if self._differs(answer)}
        return tuple(wish for wish in self._lost(answers) if wish.by not in changed | self.gone)

    def _lost(self, answers: Sequence[Answer]) -> tuple[Wish, ...]:
        """Wishes that the base meets within itself and these answers don't."""
        changed = {answer.package.name for answer in answers if self._differs(answer)}
        if self._wishes is None:
            if not changed & set(self.held) and not self.gone & set(self.held):
                return ()
            own = wishes(self.over.item.tree, python=self.over.base.python)
            self._wishes = tuple(wish for wish in own if wish.is_met(self.held))
        now = {name: text for name, text in self.held.items() if name not in self.gone}
        now |= {answer.package.name: answer.package.version for answer in answers}
        return unmet(self._wishes, now)

    def _differs(self, answer: Answer) -> bool:
        return self.held.get(answer.package.name) != answer.package.version

    def _locked(self, answer: Answer) -> LockedPackage:
        package = answer.package
        asked = {name_of(text) for text in self.wants.requirements}
        return LockedPackage(
            name=package.name,
            version=package.version,
            change="changed" if package.name in self.held else "added",
            was=self.held.get(package.name),
            direct=package.name in asked,
            needed_by=answer.needed_by,
            hashes=answer.hashes,
        )
