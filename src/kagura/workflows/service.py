"""Kaggle, for a workflow: connections and a client, opened when they are first needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kagura.inputs.kaggle import ready_input
from kagura.inputs.ready import ReadyInput
from kagura.inputs.terms import PLAIN_TERMS, Terms
from kagura.kaggle.client import Client, connect
from kagura.model.handle import Handle
from kagura.progress import Progress
from kagura.store.objects import Store
from kagura.system.http import Http

__all__ = ["Service", "service"]


@dataclass(frozen=True, slots=True)
class Service:
    """A client of Kaggle's API, and the connections by which its addresses are fetched."""

    client: Client
    http: Http
    terms: Terms

    def ready(self, handle: Handle, *, store: Store, progress: Progress) -> ReadyInput:
        """An input in the store, fetched if it is not there.  Raises as ``ready_input`` does."""
        return ready_input(
            handle,
            store=store,
            client=self.client,
            http=self.http,
            progress=progress,
            terms=self.terms,
        )


@contextmanager
def service(progress: Progress, *, terms: Terms | None = None) -> Iterator[Service]:
    """Kaggle as the environment and the user's credentials reach it."""
    with Http() as http:
        client = connect(os.environ, home=Path.home(), http=http, progress=progress)
        yield Service(client, http, terms or PLAIN_TERMS)
