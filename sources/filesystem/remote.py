"""A repository on a server: its refs listed, what they reach copied, and read from the copy."""

import logging
import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from sources.errors import ConfigError, UnavailableError
from sources.filesystem.command import Git
from sources.filesystem.copying import (
    copy_path,
    drop_refs,
    hold_copy,
    point_head,
    prepare_copy,
    read_copied,
    tidy_copy,
)
from sources.filesystem.environment import read_trusted
from sources.filesystem.refs import HEADS, TAGS, Listing, Refs, choose_refs, decode_ref
from sources.filesystem.repository import Repository
from sources.filesystem.transfer import Access, RefGoneError, fetch, read_remote

_HEAD_COPY: Final = "refs/daybook/HEAD"
_ROUNDS: Final = 5
"""Tries to copy what was listed, before a repository is called too lively."""

_SHA256: Final = 64
"""Digits of an id of that format."""

_LINE: Final = re.compile(r"(?:ref: (?P<target>\S+)|(?P<sha>[0-9a-f]{40}(?:[0-9a-f]{24})?))\t(.+)")
_ODD: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[]|\.\.|@\{|//|/\.|\.lock(?:/|$)|[./]$")
"""What git allows in no name of a ref, so that a copy could not have it."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """One repository on a server.

    Attributes:
        repository: the copy of it.
        access: how to reach it.
        branches: those asked for, as in the configuration.
        tags: whether tags are asked for.
    """

    repository: Repository
    access: Access
    branches: tuple[str, ...]
    tags: bool

    def look(self, git: Git) -> Listing:
        """Ask the server for its refs: one ``ls-remote``, which copies nothing.

        Raises:
            DaybookError: the typed error for what is wrong.
        """
        # all of a server's refs may be very many more, those of pull requests above all
        places = [entry for entry in self.branches if entry.startswith("refs/")]
        few = ("--heads", "--tags") if self.branches and not places else ()
        answer = read_remote(git, self.access, self.repository, *few)
        return parse_listing(answer, places)

    def copy(self, git: Git) -> Listing:
        """Bring the copy up to what the server lists, and give that list.

        Raises:
            DaybookError: the typed error for what is wrong.
            GitFailedError: the copy cannot be written.
        """
        with hold_copy(self.repository, git) as lock:
            for _ in range(_ROUNDS):
                listing = self.look(git)
                wanted = self._wanted(choose_refs(listing, self.repository, self.branches))
                prepare_copy(self.repository, git, object_format(wanted))
                if self._bring(git, wanted, lock):
                    if main := self._main(listing, wanted):
                        point_head(self.repository, git, main)
                    return listing
                logger.info("%s moved while it was copied", self.repository.item)
        raise UnavailableError(
            f"{self.repository.item} moves faster than it can be copied", remedy="Try again later"
        )

    def _wanted(self, refs: Refs) -> dict[str, str]:
        """Name the refs that the copy has to have, and no other."""
        followed = {_HEAD_COPY if ref == "HEAD" else ref: sha for ref, sha in refs.followed.items()}
        tags = {f"{TAGS}{name}": sha for name, sha in refs.tags.items()} if self.tags else {}
        return followed | tags

    def _main(self, listing: Listing, wanted: dict[str, str]) -> str | None:
        """Choose the branch whose mailmap holds: of those that are copied, and always the same.

        It is the server's default branch, else the first that the configuration names in full,
        else what default branches are mostly called.
        """
        default = _HEAD_COPY if listing.checked_out == "HEAD" else listing.checked_out
        named = [ref for entry in self.branches for ref in (HEADS + entry, entry)]
        refs = (default, *named, f"{HEADS}main", f"{HEADS}master")
        return next((ref for ref in refs if ref in wanted), None)

    def _bring(self, git: Git, wanted: dict[str, str], lock: int) -> bool:
        """Fetch what differs; False where the server has moved on meanwhile."""
        held = read_copied(git)
        drop_refs(git, {ref: sha for ref, sha in held.items() if ref not in wanted})
        changed = [ref for ref, sha in wanted.items() if held.get(ref) != sha]
        if not changed:
            return True
        logger.info("%s: fetching %d refs", self.repository.item, len(changed))
        try:
            fetch(git, self.access, self.repository, self._refspecs(changed), (lock,))
        except RefGoneError:
            return False
        tidy_copy(self.repository, git, len(changed))
        return read_copied(git) == wanted

    def _refspecs(self, refs: list[str]) -> list[str]:
        """Ask for many by one pattern where all of them are wanted, else for each by its name."""
        patterns = [TAGS] if self.tags else []
        if "all" in self.branches:
            patterns.append(HEADS)
        single = [ref for ref in refs if not ref.startswith(tuple(patterns))]
        sources = ["HEAD" if ref == _HEAD_COPY else ref for ref in single]
        return [
            *(f"+{place}*:{place}*" for place in patterns),
            *(f"+{source}:{ref}" for source, ref in zip(sources, single, strict=True)),
        ]


def open_remote(remote: Remote) -> Remote:
    """Make sure that git is there.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        trusted = read_trusted()
    except FileNotFoundError as error:
        raise ConfigError(
            f"{remote.repository.source_id}: git is not installed",
            remedy="Install git 2.32 or newer",
        ) from error
    return replace(remote, repository=replace(remote.repository, trusted=trusted))


def copied_repository(url: str, source_id: str, cache_dir: str | None) -> Repository:
    """Say where the copy of a remote repository is.

    Raises:
        ConfigError: nobody said where copies are kept.
    """
    if cache_dir is None:
        raise ConfigError(
            f"{source_id}: no directory is named that could hold the copy of {url}",
            remedy="Give the factory one: EventSourceFactory(cache_dir=…), or config['cache_dir']",
        )
    path = copy_path(Path(cache_dir).expanduser().absolute())
    return Repository(root=path, git_dir=path, source_id=source_id, url=url)


def parse_listing(answer: bytes, places: list[str]) -> Listing:
    """Understand what ``ls-remote --symref`` wrote.

    Names that git would not store are left out, as are all but branches, tags and ``places``.

    Args:
        answer: its lines.
        places: full names and globs of other refs that are asked for.
    """
    shas: dict[str, str] = {}
    targets: dict[str, str] = {}
    for line in answer.split(b"\n"):
        # with a backslash it is no name, and could be taken for another one that is written out
        if b"\\" not in line and (match := _LINE.fullmatch(decode_ref(line))):
            (targets if match["target"] else shas)[match[3]] = match["target"] or match["sha"]
    known = {
        ref: sha
        for ref, sha in shas.items()
        if not _ODD.search(ref)
        and (ref.startswith((HEADS, TAGS)) or any(fnmatchcase(ref, item) for item in places))
    }
    head, branch = shas.get("HEAD"), targets.get("HEAD")
    if branch is not None and _ODD.search(branch):
        head = branch = None
    if head is not None and branch is not None:
        known.setdefault(branch, head)
    return Listing(
        known=known,
        aliases=frozenset(targets).difference({"HEAD"}),
        checked_out=branch if head is not None and branch is not None else head and "HEAD",
        head=head if branch is None else None,
    )


def object_format(refs: dict[str, str]) -> str:
    """The format of ids: that of the first, as a repository has one only.

    >>> object_format({"refs/heads/main": "0" * 64}), object_format({})
    ('sha256', 'sha1')
    """
    return "sha256" if len(next(iter(refs.values()), "")) == _SHA256 else "sha1"
