"""The object store: files under signed addresses, and a count of what was served of each."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

__all__ = ["BYTES", "Bucket", "StoredObject"]

BYTES = "application/octet-stream"

FIRST_DATE = datetime(2024, 5, 1, 12, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class StoredObject:
    """One object: its name (the address's path), its content, and how often it was served.

    ``handle`` is whose it is (``uciml/iris``); ``addresses`` were given of it; ``requests``,
    ``served`` (bytes of bodies) and ``ranges`` (first byte, end) count over all its contents.
    """

    name: str
    handle: str
    path: Path
    has_hash: bool = True
    content_type: str = BYTES
    generation: int = 0
    addresses: int = 0
    requests: int = 0
    served: int = 0
    ranges: list[tuple[int, int]] = field(default_factory=list)
    md5: bytes = b""

    def __post_init__(self) -> None:
        self._measure()

    def replace(self, path: Path) -> None:
        """Another content under the same name: another ETag, a later date."""
        self.path = path
        self.generation += 1
        self._measure()

    def _measure(self) -> None:
        if self.has_hash:
            with self.path.open("rb") as file:
                self.md5 = hashlib.file_digest(file, "md5").digest()

    @property
    def etag(self) -> str:
        """Its strong validator, quoted."""
        return f'"{self.md5.hex() or f"{self.generation}-{self.path.stat().st_size}"}"'

    @property
    def modified(self) -> str:
        """When its content came, as HTTP writes it."""
        date = FIRST_DATE + timedelta(days=self.generation)
        return date.strftime("%a, %d %b %Y %H:%M:%S GMT")

    @property
    def hashes(self) -> list[str]:
        """The values of its ``x-goog-hash`` headers."""
        return [f"md5={base64.b64encode(self.md5).decode()}"] if self.md5 else []


class Bucket:
    """Objects by name, and the addresses that were signed for them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.objects: dict[str, StoredObject] = {}
        self._signed: dict[str, StoredObject] = {}
        self.base = ""  # http://127.0.0.1:PORT, once the server listens

    def put(
        self, name: str, path: Path, *, handle: str, has_hash: bool, content_type: str = BYTES
    ) -> StoredObject:
        """The object of this name, with this content (if it has another one, it changes)."""
        known = self.objects.get(name)
        if known is None:
            known = StoredObject(
                name=name, handle=handle, path=path, has_hash=has_hash, content_type=content_type
            )
            self.objects[name] = known
        elif known.path != path:
            known.replace(path)
        return known

    def write(self, content: bytes) -> Path:
        """Content in a file of the bucket's own."""
        path = self._folder / secrets.token_hex(8)
        path.write_bytes(content)
        return path

    def sign(self, stored: StoredObject) -> str:
        """A new address that anybody can use, with the signature in its query, as GCS has it."""
        signature = self._new(stored)
        query = f"X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Expires=259200&X-Goog-Date={signature}"
        return f"{self.base}/{quote(stored.name)}?{query}&X-Goog-Signature={signature}"

    def sign_in_path(self, stored: StoredObject, *, session: int, file: str) -> str:
        """The same with the signature in the path, as kaggleusercontent.com has it."""
        return f"{self.base}/kf/{session}/{self._new(stored)}/{quote(file)}"

    def find(self, signature: str) -> StoredObject | None:
        """What was signed; None if it never was, or its time is over."""
        return self._signed.get(signature)

    def expire(self, handle: str | None) -> None:
        """End the addresses given so far, of one handle or of all."""
        self._signed = {
            signature: stored
            for signature, stored in self._signed.items()
            if handle is not None and stored.handle != handle
        }

    def _new(self, stored: StoredObject) -> str:
        signature = secrets.token_hex(16)
        self._signed[signature] = stored
        stored.addresses += 1
        return signature
