"""What no archive may do, whoever made it: name a place outside, never end, be other than files."""

from __future__ import annotations

import os

from kagura.errors import ServiceError

__all__ = ["Limits", "bad_archive", "member_path"]


class Limits:
    """What no honest archive of its size holds: against archives that never end."""

    RATIO = 200
    FLOOR = 1 << 30
    MEMBERS = 5_000_000


def member_path(name: str, title: str) -> str:
    """A member's name as a path that stays inside.  Raises ServiceError for one that does not."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    wrong = (
        not parts
        or name.startswith("/")
        or "\\" in name
        or "\0" in name
        or ".." in parts
        or (len(parts[0]) > 1 and parts[0][1] == ":")
        or any(len(os.fsencode(part)) > 255 for part in parts)
    )
    if wrong:
        raise bad_archive(title, f"its member {name!r} names a place outside, or none")
    return "/".join(parts)


def bad_archive(title: str, why: str) -> ServiceError:
    """The error for an archive that is broken or hostile."""
    return ServiceError(
        f"the archive of {title} is not good: {why}",
        hint="if Kaggle's site can open it, report it: nothing of it was kept",
    )
