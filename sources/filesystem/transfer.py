"""Speaking to a git server: what git is told, what it may do, and what its failures mean.

Nothing asks a person: there is no prompt, no agent, no ``.netrc``. The secret reaches git in the
environment of that one command, through a helper that answers for the URL's own host alone.
"""

import base64
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from sources.errors import CredentialsError, UnavailableError
from sources.filesystem.address import origin
from sources.filesystem.command import Git, GitFailedError
from sources.filesystem.config import FilesystemConfig, FilesystemCredentials
from sources.filesystem.environment import build_environment
from sources.filesystem.hearing import Hearing
from sources.filesystem.refs import encode_ref
from sources.filesystem.refusals import explain
from sources.filesystem.repository import Repository

_USERNAME: Final = "x-access-token"
"""For hosts that take any name beside a token; GitHub's applications ask for this one."""

_ASKED_NAME: Final = "ANSWER_USERNAME"
_ASKED_WORD: Final = "ANSWER_PASSWORD"
_HELPER: Final = (
    f'!f() {{ test "$1" = get && printf "username=%s\\npassword=%s\\n" '
    f'"${_ASKED_NAME}" "${_ASKED_WORD}"; }}; f'
)
"""A function of the shell, whose printf is no process, so that no list of processes shows it."""

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]")
_GONE: Final = "couldn't find remote ref"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to reach a server.

    Attributes:
        url: the repository there.
        username: who the secret belongs to; ``None``: the host takes any name.
        secret: password or token.
        stall: seconds of silence in a transfer after which it is given up.
    """

    url: str
    username: str | None
    secret: str | None = field(repr=False)
    stall: int

    @property
    def secrets(self) -> frozenset[str]:
        """The secret in every form in which git or a server might repeat it."""
        if self.secret is None:
            return frozenset()
        pair = base64.b64encode(f"{self.username or _USERNAME}:{self.secret}".encode()).decode()
        return frozenset({self.secret, quote(self.secret, safe=""), pair})

    def environment(self) -> dict[str, str]:
        """What a command that speaks to this server has in its environment."""
        scheme = urlsplit(self.url).scheme
        settings = [
            ("http.lowSpeedLimit", "1"),  # a server that is thinking sends a byte a second
            ("http.lowSpeedTime", str(self.stall)),
            ("http.followRedirects", "initial"),
            ("core.deltaBaseCacheLimit", "96m"),  # git's own default: to resolve deltas needs it
            ("fetch.unpackLimit", "1"),  # a pack appears whole or not at all
            ("gc.auto", "0"),
            ("maintenance.auto", "false"),
            ("protocol.version", "2"),
            ("submodule.recurse", "false"),
        ]
        told: dict[str, str] = {}
        if self.secret is not None:
            settings.append((f"credential.{origin(self.url)}.helper", _HELPER))
            told[_ASKED_NAME] = self.username or _USERNAME
            told[_ASKED_WORD] = self.secret
        if scheme != "file":
            told["HOME"] = os.devnull  # so that curl finds no .netrc
            told["GIT_TRACE_CURL"] = "1"
            told["GIT_TRACE_CURL_NO_DATA"] = "1"
        return {**build_environment(settings), **told, "GIT_ALLOW_PROTOCOL": scheme}


def build_access(
    settings: FilesystemConfig, secrets: FilesystemCredentials, source_id: str, *, stall: int
) -> Access | None:
    """Say how to reach a source's server; ``None``: its repository is on this machine.

    Raises:
        CredentialsError: a secret that nobody asks for, or that can be none.
    """
    secret = None if secrets.token is None else secrets.token.get_secret_value()
    if secret is not None and urlsplit(settings.url or "").scheme in ("", "file"):
        raise CredentialsError(
            f"{source_id}: a repository on this machine asks for no secret",
            remedy="Take the credentials out, or name the server's URL",
        )
    if secret is not None and (not secret or _UNPRINTABLE.search(secret)):
        raise CredentialsError(
            f"{source_id}: the secret is empty, or holds line feeds or other signs of control",
            remedy="Set the variable that credentials: {token: {env: NAME}} names to it alone",
        )
    if settings.url is None:
        return None
    return Access(url=settings.url, username=settings.username, secret=secret, stall=stall)


class RefGoneError(Exception):
    """A ref that was just listed is not there any more."""


def read_remote(git: Git, access: Access, repository: Repository, *options: str) -> bytes:
    """Ask a server for its refs, with what they are other names of.

    Args:
        git: stops it.
        access: how to reach it.
        repository: for messages.
        options: of ``ls-remote``.

    Raises:
        DaybookError: the typed error for what is wrong.
    """
    # beside no repository, or that one's settings would count
    nowhere = {**access.environment(), "GIT_DIR": os.devnull}
    speaking = git.speaking(Path(os.sep), nowhere)
    command = ("ls-remote", "--symref", *options, "--end-of-options", access.url)
    return _talk(speaking, access, repository, *command, patience=float(access.stall))


def fetch(
    git: Git,
    access: Access,
    repository: Repository,
    refspecs: Sequence[str],
    share: Sequence[int],
) -> None:
    """Bring refs, and all that they reach, into the copy; those that went are pruned.

    Args:
        git: stops it.
        access: how to reach the server.
        repository: the copy.
        refspecs: which.
        share: open files that the command holds as long as it lives.

    Raises:
        RefGoneError: one of them went in the meantime.
        DaybookError: the typed error for what is wrong.
    """
    speaking = git.speaking(
        repository.root, {**access.environment(), "GIT_DIR": str(repository.root)}
    )
    command = (
        "fetch", "--prune", "--no-tags", "--no-auto-gc", "--no-write-fetch-head", "--progress",
        "--no-recurse-submodules", "--no-show-forced-updates", "--update-shallow", "--stdin",
        "--end-of-options", access.url,
    )  # fmt: skip
    stdin = b"".join(b"%s\n" % encode_ref(refspec) for refspec in refspecs)
    _talk(speaking, access, repository, *command, stdin=stdin, share=share)


def _talk(
    git: Git,
    access: Access,
    repository: Repository,
    *command: str,
    stdin: bytes = b"",
    patience: float | None = None,
    share: Sequence[int] = (),
) -> bytes:
    hearing = Hearing(repository.source_id, access.secrets)
    try:
        status, written = git.follow(
            *command, hear=hearing.hear, stdin=stdin, patience=patience, share=share
        )
    except TimeoutError as error:
        raise UnavailableError(
            f"{repository.item} does not answer", remedy="Try again later"
        ) from error
    if status:
        failure = GitFailedError(command[0], status, hearing.complaint)
        if _GONE in hearing.complaint:
            raise RefGoneError from failure
        raise explain(failure, hearing, repository, secret=access.secret is not None) from failure
    return written
