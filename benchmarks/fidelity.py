"""How often a rebuilt era has the version that was seen inside Kaggle's image of that time.

For every image id, and every month where no id is told, with twenty or more rows in
``observed-versions.tsv``: resolve the era's base and compare what was seen with what it holds.
Rows of one package that disagree count as the version that most notebooks show, or either in a
tie.  Runs that were none of Kaggle's (a notebook carried its id to Colab) are shown, not counted.
Two figures: with all evidence, as a user gets it, and held out: the era's own sightings kept from
the pins.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date

from kagura.engines.bubblewrap import Bubblewrap
from kagura.env.base_builder import resolve_base
from kagura.env.catalog import eras, observed_rows
from kagura.env.core import core
from kagura.env.image_ids import dated_image
from kagura.env.names import normalized
from kagura.env.observed import CONDA_ONLY, TPU_IMAGES, Sightings, foreign_runs, seen
from kagura.env.pins import pins
from kagura.env.pythons import choose_python
from kagura.env.reigns import nearest, of_python
from kagura.env.site import Site
from kagura.model.era import Era
from kagura.progress import Silent
from kagura.store.objects import Store
from kagura.system.host import home_folder

ENOUGH_ROWS = 20


def groups() -> dict[tuple[str, Era], Mapping[str, frozenset[str]]]:
    """What was seen: (image id or month, its era) → distribution → version, or those of a tie."""
    rows: Counter[str] = Counter()
    votes: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    of_era: dict[str, Era] = {}
    for number, month, python, name, version, notebooks in observed_rows():
        if number in TPU_IMAGES or CONDA_ONLY.search(version):
            continue
        label = str(number or month)
        dated = dated_image(number) if number is not None else None
        middle = date.fromisoformat(f"{month}-15") if month else None
        if dated is None and middle is None:
            continue
        of_era[label] = dated.era if dated else nearest(middle, of_python(python))
        rows[label] += 1
        votes[label][normalized(name)][version.partition("+")[0]] += notebooks
    return {
        (label, of_era[label]): {
            name: frozenset(
                version for version in counted if counted[version] == max(counted.values())
            )
            for name, counted in votes[label].items()
        }
        for label in sorted(votes)
        if rows[label] >= ENOUGH_ROWS
    }


def resolved(era: Era, sightings: Sightings | None) -> dict[str, str]:
    """The base that an era resolves to: distribution → version."""
    python = choose_python(era.python, strict=True, progress=Silent()).python
    wanted = pins(era) if sightings is None else pins(era, sightings=sightings)
    with ExitStack() as leases:
        store = Store(home_folder())
        site = Site(store=store, engine=Bubblewrap(), progress=Silent(), leases=leases)
        settled = resolve_base(era, python, pins=wanted, site=site)
    return {package.name: package.version for package in settled.packages}


def main() -> None:
    found = groups()
    with_all = {era.date: resolved(era, None) for _, era in found}
    held_out = {
        era.date: resolved(era, {day: what for day, what in seen().items() if day != era.date})
        for _, era in found
    }
    names_of = {era.date: {normalized(name) for name in core(era)} for era in eras()}
    totals: Counter[str] = Counter()
    print("image or month  era         core: same/seen  all in the base: same/seen  held out, core")
    for (label, era), versions in found.items():
        base, guess = with_all[era.date], held_out[era.date]
        every = {name for name in versions if name in base}
        main_ones = every & names_of[era.date]
        counts = {
            "core seen": len(main_ones),
            "core same": sum(base[name] in versions[name] for name in main_ones),
            "all seen": len(every),
            "all same": sum(base[name] in versions[name] for name in every),
            "held": sum(guess.get(name) in versions[name] for name in main_ones),
        }
        elsewhere = label in foreign_runs()
        if not elsewhere:
            totals.update(counts)
            known = "image id" if label.isdigit() else "month only"
            totals.update({f"{known} {what}": number for what, number in counts.items()})
        print(
            f"{label:<15} {era.date}  {counts['core same']:>7}/{counts['core seen']:<8}"
            f"{counts['all same']:>14}/{counts['all seen']:<12}"
            f"{counts['held']:>10}/{counts['core seen']}"
            f"{'   run elsewhere: not counted' if elsewhere else ''}"
        )
        for name in sorted(name for name in every if base[name] not in versions[name]):
            print(f"    {name}: seen {' or '.join(sorted(versions[name]))}, resolved {base[name]}")
    told = totals["image id core same"] / totals["image id core seen"]
    guessed = totals["month only core same"] / totals["month only core seen"]
    print(
        f"core packages: {told:.1%} as seen where the image id is known (wanted: 95%), "
        f"{guessed:.1%} where only the month is (a run may be of an older, pinned image), "
        f"{totals['core same'] / totals['core seen']:.1%} of {totals['core seen']} together; "
        f"all in the base: {totals['all same'] / totals['all seen']:.1%}; "
        f"held out, core: {totals['held'] / totals['core seen']:.1%}"
    )


if __name__ == "__main__":
    main()
