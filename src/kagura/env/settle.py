"""Resolve with evidence of unequal strength: what can't hold together gives way, weakest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kagura.env.names import normalized
from kagura.env.pins import is_exact
from kagura.env.relax import requirement_to_leave_out, to_drop
from kagura.env.resolve import Question, Refusal, ask
from kagura.env.workshop import Workshop
from kagura.errors import ServiceError
from kagura.model.base import GivenWay, LeftOut, Package
from kagura.model.era import Pin

__all__ = ["Settled", "settle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Versions that hold together, the pins that did not, and requirements nobody can have."""

    packages: tuple[Package, ...]
    given_way: tuple[GivenWay, ...]
    left_out: tuple[LeftOut, ...]


def settle(
    workshop: Workshop,
    question: Question,
    *,
    pins: Sequence[Pin],
    on_line: Callable[[str], None],
) -> Settled:
    """Ask until there is an answer: each refusal costs the weakest pin it speaks of.

    When no pin is left to blame, the requirement that it speaks of is left out.  It ends,
    because every round takes something away.  Raises ServiceError when nothing is left.
    """
    active = list(pins)
    dropped: list[Pin] = []
    left_out: list[LeftOut] = []
    requirements = list(question.requirements)
    while requirements:
        answer = ask(
            workshop,
            replace(
                question,
                requirements=tuple(requirements),
                constraints=(
                    *question.constraints,
                    *(f"{pin.name}{pin.specifier}" for pin in active),
                ),
                exempt=(
                    *question.exempt,
                    *(pin.name for pin in active if is_exact(pin)),
                ),
            ),
            on_line=on_line,
        )
        if not isinstance(answer, Refusal):
            return Settled(
                packages=answer,
                given_way=_given_way(dropped, answer),
                left_out=tuple(left_out),
            )
        weakest = to_drop(answer.text, active)
        if weakest:
            active = [pin for pin in active if pin not in weakest]
            dropped += weakest
            continue
        name, why = requirement_to_leave_out(answer.text, requirements)
        left_out.append(LeftOut(requirement=name, why=why))
        requirements.remove(name)
    raise ServiceError(
        "none of the requirements can be installed: "
        + "; ".join(f"{item.requirement}: {item.why}" for item in left_out[:3]),
        hint=f"only what there was on {question.exclude_newer} is looked at: a later --base, or "
        "another --with, may help; `kagura check` shows what the notebook asks for",
    )


def _given_way(dropped: Sequence[Pin], packages: Sequence[Package]) -> tuple[GivenWay, ...]:
    # A pin of a package that is not installed at all has not given way to anything.
    got = {package.name: package.version for package in packages}
    return tuple(
        GivenWay(
            name=pin.name,
            specifier=pin.specifier,
            strength=pin.strength,
            got=got[normalized(pin.name)],
        )
        for pin in dropped
        if normalized(pin.name) in got
    )
