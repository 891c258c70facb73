"""The credentials for Kaggle's API: found where its own programs look, in their order.

The places are those of ``kaggle`` 2.2 and ``kagglehub`` 1.0 together; the first that works is
used.  Secrets stay in memory: no record's text shows one, and nothing here writes.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

__all__ = ["Credential", "Found", "find_credentials"]

# An access token that ends while it is being used would fail half way.
MARGIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One way to sign in, and the ``place`` that it came from, as a user knows it.

    ``token``: a bearer token.  ``key``: ``secret`` is an API key, ``user`` whose.
    ``refresh``: ``secret`` buys an access token (``kaggle auth login`` leaves it).
    """

    kind: Literal["token", "key", "refresh"]
    place: str
    user: str | None = None
    secret: str = field(repr=False)

    def header(self) -> str:
        """The value of ``Authorization``."""
        if self.kind == "key":
            pair = f"{self.user}:{self.secret}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        return f"Bearer {self.secret}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The credentials that are here, best first, and the places that hold something else."""

    credentials: tuple[Credential, ...]
    troubles: tuple[str, ...] = ()


def find_credentials(
    environment: Mapping[str, str], *, home: Path, now: datetime | None = None
) -> Found:
    """Look in every place.  ``home`` is the user's home folder."""
    places = _Places(environment, home, now or datetime.now(UTC))
    credentials = tuple(places.tokens()) + tuple(places.keys()) + tuple(places.logins())
    return Found(credentials=credentials, troubles=tuple(places.troubles))


class _Places:
    def __init__(self, environment: Mapping[str, str], home: Path, now: datetime) -> None:
        self._environment, self._home, self._now = environment, home, now
        self.troubles: list[str] = []

    def tokens(self) -> Iterator[Credential]:
        in_notebook = {"KAGGLE_KERNEL_RUN_TYPE", "KAGGLE_DATA_PROXY_URL"} <= set(self._environment)
        mounted = self._environment.get("KAGGLE_API_V1_TOKEN")
        if in_notebook and mounted:
            yield from self._token(Path(mounted), place="KAGGLE_API_V1_TOKEN")
        given = self._environment.get("KAGGLE_API_TOKEN")
        if given and _is_file(given):
            yield from self._token(Path(given), place=f"KAGGLE_API_TOKEN ({given})")
        elif given:
            yield from self._told(given, place="KAGGLE_API_TOKEN")
        for name in ("access_token", "access_token.txt"):
            path = self._home / ".kaggle" / name
            yield from self._token(path, place=f"~/.kaggle/{name}")

    def keys(self) -> Iterator[Credential]:
        path, place = self._key_file()
        saved = self._json(path, place=place)
        # Each variable beats its part of the file, as in kaggle's own settings.
        user = self._environment.get("KAGGLE_USERNAME") or saved.get("username")
        key = self._environment.get("KAGGLE_KEY") or saved.get("key")
        variables = [
            name for name in ("KAGGLE_USERNAME", "KAGGLE_KEY") if self._environment.get(name)
        ]
        used = [*variables, *([] if len(variables) == 2 else [place])]
        if isinstance(user, str) and isinstance(key, str) and _fits(user) and _fits(key):
            yield Credential(
                kind="key", place=" and ".join(used), user=user.strip(), secret=key.strip()
            )
        elif variables:
            missing = {"KAGGLE_USERNAME", "KAGGLE_KEY"} - set(variables)
            self.troubles.append(f"{variables[0]} is set, and {missing.pop()} is not")
        elif saved:
            self.troubles.append(f"{place} has no username and key")

    def logins(self) -> Iterator[Credential]:
        place = "~/.kaggle/credentials.json"
        saved = self._json(self._home / ".kaggle" / "credentials.json", place=place)
        user, token, refresh = (
            value if isinstance(value, str) and _fits(value) else None
            for value in (saved.get(name) for name in ("username", "access_token", "refresh_token"))
        )
        if not refresh:  # kaggle takes such a file for none
            return
        if token and self._lives(saved.get("access_token_expiration")):
            yield Credential(kind="token", place=place, user=user, secret=token)
        yield Credential(kind="refresh", place=place, user=user, secret=refresh)

    def _lives(self, until: object) -> bool:
        try:
            end = datetime.fromisoformat(until) if isinstance(until, str) else None
        except ValueError:
            return False
        if end is None:
            return False
        return self._now + MARGIN < (end if end.tzinfo else end.replace(tzinfo=UTC))

    def _key_file(self) -> tuple[Path, str]:
        configured = self._environment.get("KAGGLE_CONFIG_DIR")
        if configured:
            return Path(configured) / "kaggle.json", f"{configured}/kaggle.json"
        if os.path.exists(self._home / ".kaggle"):  # as kaggle: never an error
            return self._home / ".kaggle" / "kaggle.json", "~/.kaggle/kaggle.json"
        config = self._environment.get("XDG_CONFIG_HOME") or str(self._home / ".config")
        return Path(config) / "kaggle" / "kaggle.json", f"{config}/kaggle/kaggle.json"

    def _token(self, path: Path, *, place: str) -> Iterator[Credential]:
        text = self._read(path, place=place)
        if text is not None and not text.strip():
            self.troubles.append(f"{place} is empty")
        elif text:
            yield from self._told(text, place=place)

    def _told(self, text: str, *, place: str) -> Iterator[Credential]:
        if _fits(text):
            yield Credential(kind="token", place=place, secret=text.strip())
        else:
            self.troubles.append(f"{place} is no token: one word is")

    def _json(self, path: Path, *, place: str) -> Mapping[str, Any]:
        text = self._read(path, place=place)
        if text is None:
            return {}
        try:
            saved = json.loads(text)
        except (ValueError, RecursionError):
            saved = None
        if isinstance(saved, dict):
            return saved
        self.troubles.append(f"{place} is not what kaggle writes (a JSON object)")
        return {}

    def _read(self, path: Path, *, place: str) -> str | None:
        try:
            return path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not text"
            self.troubles.append(f"{place} cannot be read: {reason}")
            return None


def _fits(secret: str) -> bool:
    """Whether it can be written in a header: visible letters, none of them a space."""
    plain = secret.strip()
    return plain != "" and plain.isascii() and plain.isprintable() and " " not in plain


def _is_file(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):  # a token can be too long for a name
        return False
