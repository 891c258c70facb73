"""The tree of errors: each leaf is one message, one hint and one exit code.

KaguraError
├── UsageError          2  a wrong argument, or a file that is not what it should be
├── MachineError        3  this machine can't (no user namespaces, disk full, …)
│   └── UnsupportedError   3  kagura itself can't yet (an R notebook, …)
└── ServiceError        3  a service or registry can't (no network, a package that is gone)

Only ``cli.main`` catches them.  A notebook that fails is no error of ours: its run returns a
report whose status says so (exit code 1).
"""

from __future__ import annotations

__all__ = ["KaguraError", "MachineError", "ServiceError", "UnsupportedError", "UsageError"]


class KaguraError(Exception):
    """Something kagura must tell its user, in one message.

    ``message`` says what, where and why; ``hint`` says what to do (``None`` when there is
    nothing to do).
    """

    exit_code = 3

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(KaguraError):
    """The command line or a file given to it is wrong."""

    exit_code = 2


class MachineError(KaguraError):
    """This machine cannot do it."""

    exit_code = 3


class UnsupportedError(MachineError):
    """Kagura does not know how to do it yet."""


class ServiceError(KaguraError):
    """A service (a package registry, Kaggle) cannot do it."""

    exit_code = 3
