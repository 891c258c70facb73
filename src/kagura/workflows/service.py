"""Kaggle, for a workflow: connections and a client, opened when they are first needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kagura.kaggle.client import Client, connect
from kagura.progress import Progress
from kagura.system.http import Http

__all__ = ["Service", "service"]


@dataclass(frozen=True, slots=True)
class Service:
    """A client of Kaggle's API, and the connections by which its addresses are fetched."""

    client: Client
    http: Http


@contextmanager
def service(progress: Progress) -> Iterator[Service]:
    """Kaggle as the environment and the user's credentials reach it."""
    with Http() as http:
        client = connect(os.environ, home=Path.home(), http=http, progress=progress)
        yield Service(client, http)
