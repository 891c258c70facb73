"""What a call of the API consists of, and what all calls share: errors, redirects, pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kagura.testing.bucket import Bucket, StoredObject
from kagura.testing.bundle import Bundle
from kagura.testing.catalogue import Catalogue, Version

__all__ = [
    "CREATED",
    "Body",
    "Call",
    "Json",
    "Methods",
    "Redirect",
    "Refusal",
    "as_files",
    "one_page",
    "redirect_to",
    "stored_file",
]

Json = dict[str, object]
CREATED = "2024-05-01T12:00:00.000Z"
PAGE, LONGEST_PAGE = 20, 200


class Refusal(Exception):  # noqa: N818 (an answer, not a failure of the stand-in)
    """An answer that is an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Redirect:
    """An answer that says where the bytes are."""

    url: str


class Body:
    """A request's JSON, asked by type."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self.fields = fields

    def text(self, name: str) -> str:
        """A string; empty if it was left out."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """A number; 0 if it was left out."""
        value = self.fields.get(name)
        return value if isinstance(value, int) else 0


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what it says, who makes it ("": nobody signed in), and what there is."""

    body: Body
    user: str
    catalogue: Catalogue
    bucket: Bucket
    credentials: Mapping[str, str]  # user by token


Methods = Mapping[str, Callable[[Call], Json | Redirect]]
"""Calls by the service and the method that their address names."""


def one_page(call: Call, items: Sequence[Json]) -> tuple[list[Json], str]:
    """The page that is asked for, and the token of the next ("": there is none)."""
    size = min(call.body.number("pageSize") or PAGE, LONGEST_PAGE)
    page = max(call.body.number("page"), 1)  # older lists are asked for by the page's number
    token = call.body.text("pageToken") or str((page - 1) * size)
    if not token.isdigit():
        raise Refusal(400, "Invalid page token")
    end = int(token) + size
    return list(items[int(token) : end]), str(end) if end < len(items) else ""


def as_files(bundle: Bundle) -> list[Json]:
    """A bundle's files as most lists have them."""
    return [
        {"name": name, "totalBytes": size, "creationDate": CREATED}
        for name, size in bundle.sizes.items()
    ]


def redirect_to(call: Call, version: Version, *, file: str) -> Redirect:
    """The signed address of a version's archive, or of one file of it."""
    if file and file not in version.bundle.sizes:
        raise Refusal(404, f"File not found: {file}")
    return Redirect(call.bucket.sign(stored_file(call.bucket, version, file)))


def stored_file(bucket: Bucket, version: Version, file: str) -> StoredObject:
    """The object that is a version's archive, or one file of it, zipped or not."""
    bundle = version.bundle
    if not file:
        name, path = f"bundle/archive.{bundle.form}", bundle.archive
    elif file in version.zipped:
        name, path = f"compressed/{file}.zip", bundle.zipped_member(file)
    else:
        name, path = file, bundle.member(file)
    return bucket.put(
        f"{version.prefix}/{name}",
        path,
        handle=version.handle,
        has_hash=version.has_hash,
        content_type=version.content_type,
    )
