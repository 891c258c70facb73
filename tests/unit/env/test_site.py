"""A site's leases: what was taken away is not held, and can be built again at once."""

from __future__ import annotations

from pathlib import Path

from kagura.engines.bubblewrap import Bubblewrap
from kagura.env.site import Site
from kagura.progress import Silent
from kagura.store.objects import Store, StoredObject, digest_of


def build(store: Store, digest: str) -> StoredObject:
    with store.build("bases", digest) as place:
        assert isinstance(place, Path)
        return store.finish("bases", digest, place, {})


def test_an_object_that_was_taken_away_is_not_held_and_can_be_built_again(tmp_path: Path) -> None:
    store, digest = Store(tmp_path), digest_of("an object")
    site = Site(store=store, engine=Bubblewrap(), progress=Silent())
    item = build(store, digest)
    assert store.remove("bases", digest)
    assert not site.hold(item)
    # A lease that was kept would make its own holder wait for ever in the next build.
    assert not store.in_use("bases", digest)
    assert site.hold(build(store, digest))
    assert store.in_use("bases", digest)
    site.leases.close()
    assert not store.in_use("bases", digest)
