"""One repository on this machine: found, and made sure that git will read it."""

import logging
import os
import re
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from sources.errors import ConfigError, DaybookError, UnavailableError
from sources.filesystem.command import Git, GitFailedError
from sources.filesystem.environment import read_trusted

logger = logging.getLogger(__name__)

_MENDS: Final = (
    (
        re.compile(r"unknown repository extension|Expected git repo version"),
        "Install a git that knows its format",
    ),
    (re.compile(r"Permission denied"), "Give this user the right to read it"),
)
"""Git's words, and the mend."""

_LACKING: Final = re.compile(r"from promisor remote|lazy fetching disabled|unable to read")
"""What git says of an object that is not there; which of these, and how many, by its version."""

_PARTIAL: Final = r"^(remote\..*\.promisor|extensions\.partialclone)$"
"""Settings by which git knows a partial clone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What stays the same while a repository is read.

    Attributes:
        root: where git is run.
        git_dir: where its refs and settings are.
        source_id: for messages.
        trusted: directories of other owners that the user trusts.
        url: of what it is a copy that Daybook keeps.
    """

    root: Path
    git_dir: Path
    source_id: str
    trusted: tuple[str, ...] = ()
    url: str | None = None

    @property
    def item(self) -> str:
        """Source and place, as messages name them."""
        return f"{self.source_id}: {self.url or self.root}"

    @property
    def in_work_tree(self) -> bool:
        """Whether it is read where its files are checked out, not in a folder of git's own.

        Then looking at the mailmap takes no git command.
        """
        return (self.root / ".git").exists()

    def git(self) -> Git:
        """A runner of git commands, to be stopped by whoever asked for it.

        In a copy, git is told where it is: one that is gone must not lead to what lies around it.
        Started in a repository's own folder, git takes its mailmap from ``HEAD``, bare or not.
        """
        place = {} if self.url is None else {"GIT_DIR": str(self.root)}
        mailmap = "" if self.in_work_tree else "HEAD:.mailmap"
        return Git(self.root, self.trusted, place, [("mailmap.blob", mailmap)])

    def shallow(self) -> tuple[str, ...]:
        """The commits whose parents this clone lacks by intention, sorted."""
        try:
            text = (self.git_dir / "shallow").read_text("ascii", "replace")
            return tuple(sorted(text.split()))
        except FileNotFoundError:
            return ()


def open_repository(root_dir: str, source_id: str) -> Repository:
    """Find the repository that holds ``root_dir`` and make sure git will read it.

    Raises:
        ConfigError: no such folder, no repository, or not allowed to read it.
    """
    path = Path(root_dir).expanduser()
    item = f"{source_id}: root_dir {root_dir!r}"
    gitpython = _gitpython(source_id)
    try:
        path = path.resolve()
        if not path.is_dir():
            raise ConfigError(
                f"{item} is no folder" if path.exists() else f"{item} does not exist",
                remedy="Name the folder of a git repository",
            )
        gitpython.Repo(path, search_parent_directories=True, expand_vars=False).close()
    except (gitpython.InvalidGitRepositoryError, gitpython.NoSuchPathError) as error:
        if (closed := _closed(path)) is not None:
            raise ConfigError(
                f"{item}: {closed} may not be read", remedy="Give this user the right to read it"
            ) from error
        _refuse_broken(path, item)
        raise ConfigError(
            f"{item} is not in a git repository",
            remedy="Name a clone's folder, or run `git init` there",
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{item} cannot be read: {error.strerror}",
            remedy="Give this user the right to read it",
        ) from error
    asked = Repository(root=path, git_dir=path, source_id=source_id, trusted=read_trusted())
    repository = _locate(asked)
    if repository.root != path:
        inside = path / ".git"
        # git passes over a folder that is no repository, but over no file that leads nowhere
        if inside.is_dir() and repository.git_dir not in {path, inside.resolve()}:
            _refuse_broken(path, item)
        logger.info("%s: %s lies in the repository %s", source_id, path, repository.root)
    return repository


def _closed(path: Path) -> Path | None:
    """Find the folder that may not be read, where one hides a repository from this user."""
    places = (path, *(folder / ".git" for folder in (path, *path.parents)))
    effective = os.access in os.supports_effective_ids
    for place in places:
        if place.is_dir() and not os.access(place, os.R_OK | os.X_OK, effective_ids=effective):
            return place
    return None


def _gitpython(source_id: str) -> Any:
    """Load GitPython when a repository is opened: it runs git at its import, and fails without.

    Raises:
        ConfigError: git is not installed.
    """
    try:
        return import_module("git")
    except ImportError as error:
        raise ConfigError(
            f"{source_id}: git is not installed", remedy="Install git 2.32 or newer"
        ) from error


def _locate(found: Repository) -> Repository:
    """Ask git itself where the repository is: its rules on bare and linked ones are the rules.

    Raises:
        ConfigError: git will not read it.
    """
    git = found.git()
    try:
        places = _ask(git, "--git-dir", "--git-common-dir", "--is-inside-work-tree")
        git_dir, common_dir, in_work_tree = places
        root = git_dir
        if in_work_tree == "true":
            (root,) = _ask(git, "--show-toplevel")
            if not _leads_to(replace(found, root=Path(root)).git(), git_dir):
                root = git_dir  # a work tree that does not know of its repository
    except GitFailedError as error:
        raise translate(error, found) from error
    return replace(found, root=Path(root), git_dir=Path(common_dir))


def _leads_to(git: Git, git_dir: str) -> bool:
    """Whether git, started in that place, comes to the same repository."""
    try:
        return _ask(git, "--git-dir") == [git_dir]
    except GitFailedError:
        return False


def _refuse_broken(path: Path, item: str) -> None:
    """Say so where a repository is at hand, but such that git passes it over.

    Raises:
        ConfigError: there is one.
    """
    inside = path / ".git"
    if inside.exists():
        raise ConfigError(
            f"{item}: {inside} is damaged, or leads to a repository that is not there",
            remedy="Mend it (its HEAD first), or clone again",
        )


def _ask(git: Git, *questions: str) -> list[str]:
    """Put questions to ``rev-parse``: together, or one by one where an answer has lines itself."""
    answer = git.run("rev-parse", "--path-format=absolute", *questions)
    text = answer.decode("utf-8", "surrogateescape").removesuffix("\n")
    if len(questions) == 1:
        return [text]
    lines = text.split("\n")
    if len(lines) == len(questions):
        return lines
    return [line for question in questions for line in _ask(git, question)]


def translate(error: GitFailedError, repository: Repository) -> DaybookError:
    """Say what a failed git command means for this source."""
    item = repository.item
    complaint = error.complaint
    if "dubious ownership" in complaint:
        return ConfigError(
            f"{item} belongs to another user, and git refuses to read it",
            remedy=f"If you trust it: git config --global --add safe.directory {repository.root}",
        )
    for words, mend in _MENDS:
        if words.search(complaint):
            return ConfigError(f"{item}: {complaint}", remedy=mend)
    if _LACKING.search(complaint) and _is_partial(repository):
        return ConfigError(
            f"{item} is a partial clone that lacks what this reading needs: {complaint}",
            remedy="Fetch the rest (git fetch --refetch --no-filter), or read without `patterns`",
        )
    if error.status < 0 or "Cannot allocate memory" in complaint:
        return UnavailableError(f"{item}: {error}", remedy="Try again")
    if repository.url is not None:
        return ConfigError(
            f"{item}: its copy {repository.root} is damaged: {error}",
            remedy="Delete that folder: the next sync makes it anew",
        )
    return ConfigError(f"{item}: {error}", remedy="Run `git fsck` there and mend what it names")


def _is_partial(repository: Repository) -> bool:
    """Whether what is missing is so by intention, and could be fetched."""
    try:
        return bool(repository.git().run("config", "--get-regexp", _PARTIAL))
    except GitFailedError:
        return False
