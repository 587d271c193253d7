"""Every error Daybook raises itself, sorted by what the reader can do next.

========================  =====================================================
raise                     when the way out is
========================  =====================================================
``ConfigError``           mend the configuration
``CredentialsError``      mend the secret
``UnavailableError``      try again later
``RateLimitedError``      try again at the time the service named
``BudgetSpentError``      go on with the next run, which has a budget of its own
``CursorInvalidError``    start again from nothing (safe: writes are idempotent)
``RecordError``           keep the one record in quarantine and go on
``BusyError``             wait for the other writer of this source
``StoreError``            mend the store (schema, rights, disk), then try again
========================  =====================================================

A full disk is a ``StoreError`` wherever it is met: under the database, the lake, the home or the
copy of a remote repository. Trying again does not help until somebody has made room.

A message names the source, the item and the remedy, and never holds a secret: whoever raises the
error sees to that. What a program or a server said may be part of it, and holds URLs of their own;
user and password are taken out of those here.
"""

import errno
import re
from typing import ClassVar, Final

DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Numbers of the operating system's errors that mean: make room. Always a ``StoreError``."""


_LOGIN: Final = re.compile(
    r"(?<=://)[^\s/:@'\"]*:[^\s/'\"]*@|(?<=https://)[^\s/@'\"]+@|(?<=http://)[^\s/@'\"]+@"
)
"""User and password; of the web's URLs a user alone, who may be a token."""


def hide_logins(text: str) -> str:
    """Take user and password out of the URLs in a text.

    >>> hide_logins("unable to access 'https://ada:s3cr3t@example.org/a.git'")
    "unable to access 'https://***@example.org/a.git'"
    >>> hide_logins("https://ghp_0123456789abcdef@github.com/octo/athena, ssh://git@example.org/a.git")
    'https://***@github.com/octo/athena, ssh://git@example.org/a.git'
    """
    return _LOGIN.sub("***@", text)


class DaybookError(Exception):
    """Root of every error that Daybook raises itself.

    Attributes:
        message: what is wrong, with source and item.
        remedy: what the reader can do, as one sentence; empty if the message says it.
        exit_code: what the ``daybook`` command ends with.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        self.message = hide_logins(message)
        super().__init__(self.message)
        self.remedy = remedy

    def __str__(self) -> str:
        """Message and remedy in one line, each a sentence of its own."""
        end = "" if self.message.endswith((".", "?", "!")) else "."
        return f"{self.message}{end} {self.remedy}" if self.remedy else self.message

    def to_json(self) -> dict[str, str]:
        """The error as ``daybook … --json`` prints it."""
        return {"type": type(self).__name__, "message": self.message, "remedy": self.remedy}


class ConfigError(DaybookError, ValueError):
    """A setting is missing or wrong: mend the configuration."""

    exit_code = 2


class CredentialsError(DaybookError, ValueError):
    """A secret is missing, wrong or lacks a right: mend the secret."""

    exit_code = 3


class UnavailableError(DaybookError, ConnectionError):
    """The outer world said "not now": try again later.

    Attributes:
        retry_after: seconds to wait, as the service asked; ``None`` where it did not say.
    """

    exit_code = 4

    def __init__(self, message: str, *, remedy: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after = retry_after


class RateLimitedError(UnavailableError):
    """The service counts requests and this token has used them up."""


class BudgetSpentError(RateLimitedError):
    """This run has sent the requests it may: what was read is kept, the next one goes on."""


class BusyError(UnavailableError):
    """Another process writes this source at the moment: wait for it."""

    exit_code = 5


class CursorInvalidError(DaybookError):
    """The cursor names a place that no longer exists: start again from nothing."""

    exit_code = 6


class StoreError(DaybookError):
    """The store cannot do what was asked, and a second try would end the same way."""

    exit_code = 7


class RecordError(DaybookError):
    """One record cannot become an event: it goes to quarantine.

    Attributes:
        locator: where the record is, in the source's own terms (a commit id, ``path:offset``).
        raw: the record as it was read.
    """

    def __init__(self, message: str, *, locator: str, raw: bytes = b"") -> None:
        super().__init__(message)
        self.locator = locator
        self.raw = raw
