"""What a run's sandbox, with all its mounts, adds to a bare process (milliseconds)."""

from __future__ import annotations

import statistics
import subprocess
import time
from datetime import UTC, datetime

from measure import KAGURA, machine
from notebook_speed import ERA

from kagura.engines.bubblewrap import Bubblewrap
from kagura.env.base import known_base
from kagura.env.choose import choose
from kagura.env.root import environment_mount, python_mounts, system_mounts
from kagura.env.site import Site
from kagura.model.needs import Evidence
from kagura.model.sandbox import SandboxSpec
from kagura.progress import Silent
from kagura.store.objects import Store
from kagura.store.scratch import scratch_folder
from kagura.system.host import home_folder


def main() -> None:
    subprocess.run([*KAGURA, "base", "build", ERA], check=True, capture_output=True)
    store = Store(home_folder())
    engine = Bubblewrap()
    era = choose(Evidence(), base=ERA, today=datetime.now(UTC).date()).era
    ready = known_base(era, site=Site(store=store, engine=engine, progress=Silent()), strict=False)
    assert ready is not None

    def inside() -> float:
        with scratch_folder(store.home, "bench") as scratch:
            started = time.perf_counter()
            spec = SandboxSpec(
                argv=("/usr/bin/true",),
                mounts=(
                    *system_mounts(scratch),
                    *python_mounts(ready.base.python, scratch=scratch),
                    environment_mount(
                        prefix=ready.base.prefix,
                        trees=(ready.item.tree,),
                        upper=scratch / "upper",
                        work=scratch / "work",
                    ),
                ),
            )
            sandbox = engine.start(spec)
            sandbox.wait()
            taken = time.perf_counter() - started
            sandbox.stop()
            return taken

    def bare() -> float:
        started = time.perf_counter()
        subprocess.run(["/usr/bin/true"], check=True)
        return time.perf_counter() - started

    inside(), bare()
    pairs = [(inside(), bare()) for _ in range(21)]
    added = [1000 * (ours - peer) for ours, peer in pairs]
    ratio = statistics.median(ours / peer for ours, peer in pairs)
    print(
        f"sandbox start: adds {statistics.median(added):.0f} ms to a bare process (wanted: at "
        f"most 50), {ratio:.1f} times the bare one; {min(added):.0f}-{max(added):.0f} ms over "
        f"{len(pairs)} pairs, {machine()}"
    )


if __name__ == "__main__":
    main()
