"""What it means that a git server cannot be read: by what it answered, and by what git said."""

import re
from http import HTTPStatus
from typing import Final

from sources.errors import (
    ConfigError,
    CredentialsError,
    DaybookError,
    RateLimitedError,
    StoreError,
    UnavailableError,
)
from sources.filesystem.command import GitFailedError
from sources.filesystem.hearing import Hearing
from sources.filesystem.repository import Repository, translate

_NAMING: Final = (
    "Name the secret in the source's entry, credentials: {token: {env: NAME}}, and set NAME where "
    "Daybook runs"
)
_ASKED: Final = ("asks for a secret, and has none", _NAMING)
_REFUSED: Final = (
    "refuses the secret",
    "Replace it in the variable that credentials: {token: {env: NAME}} names; a username may lack",
)
_NO_ROOM: Final = re.compile(r"No space left|Disk quota exceeded|Out of diskspace|File too large")
_BROKEN_OFF: Final = re.compile(
    r"unable to access|RPC failed|hung up|early EOF|unexpected disconnect|curl \d|timed out"
    r"|too slow|protocol error|expected flush|connection|Could not read from remote"
    r"|did not send all|no such remote ref|remote error: ",
    re.IGNORECASE,
)

_MENDS: Final = (
    (
        re.compile(r"dubious ownership"),
        "belongs to another user, and git refuses to read it",
        "If you trust it, name the folder as root_dir instead of url",
    ),
    (
        re.compile(r"not found|does not appear to be a git repo|not valid: is this a git"),
        "is no git repository",
        "Correct the URL",
    ),
    (
        re.compile(r"transport '.*' not allowed|Protocol .* (not supported|disabled)"),
        "leads to another protocol",
        "Write the URL that it leads to",
    ),
    (
        re.compile(r"unknown repository extension|Expected git repo version"),
        "has a format that the git there does not know",
        "Have a newer git installed there",
    ),
    (
        re.compile(r"SSL certificate|certificate verif|SSL: no alternative", re.IGNORECASE),
        "shows a certificate that this machine does not trust",
        "Have it mended, or add its authority to those that this machine trusts",
    ),
)
"""What only the configuration can mend: git's words, what they mean, and the mend."""


def explain(
    failure: GitFailedError, hearing: Hearing, repository: Repository, *, secret: bool
) -> DaybookError:
    """Say what a failed command means.

    Args:
        failure: of ``ls-remote`` or ``fetch``.
        hearing: what was heard of it.
        repository: for messages.
        secret: whether one was given.
    """
    item, complaint = repository.item, failure.complaint
    if _NO_ROOM.search(complaint):
        return StoreError(
            f"{item}: there is no room for its copy in {repository.root.parent}",
            remedy="Make room there, then try again",
        )
    if hearing.status is not None and hearing.status >= HTTPStatus.BAD_REQUEST:
        return _refusal(hearing.status, hearing.retry_after, item, secret=secret)
    for words, meaning, mend in _MENDS:
        if words.search(complaint):
            return ConfigError(f"{item} {meaning}", remedy=mend)
    if failure.command == "fetch" and failure.status > 0 and not _BROKEN_OFF.search(complaint):
        return translate(failure, repository)
    return UnavailableError(f"{item} cannot be read: {complaint}", remedy="Try again later")


def _refusal(status: int, retry_after: float | None, item: str, *, secret: bool) -> DaybookError:
    """Say what an answer of HTTP means that is none of success."""
    match status:
        case HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return CredentialsError(
                f"the proxy before {item} asks for a secret", remedy="Name it in https_proxy"
            )
        case HTTPStatus.UNAUTHORIZED:
            what, mend = _REFUSED if secret else _ASKED
            return CredentialsError(f"{item} {what}", remedy=mend)
        case HTTPStatus.FORBIDDEN:
            why = "this secret gives no right to read it" if secret else "there is no secret"
            return CredentialsError(f"{item} is refused: {why}", remedy=_NAMING)
        case HTTPStatus.NOT_FOUND | HTTPStatus.GONE:
            whom = "this secret" if secret else "who has no secret"
            return ConfigError(
                f"{item} does not exist, or is hidden from {whom}",
                remedy=f"Correct the URL. {_NAMING}",
            )
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimitedError(
                f"{item} asks to come less often", remedy="Wait", retry_after=retry_after
            )
        case _:
            return UnavailableError(
                f"{item} answers with HTTP status {status}",
                remedy="Try again later",
                retry_after=retry_after,
            )
