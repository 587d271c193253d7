"""One repository: opened, checked, and its branches resolved."""

import logging
import os
import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from sources.errors import ConfigError, DaybookError, UnavailableError
from sources.filesystem.command import Git, GitFailedError, read_trusted
from sources.settings import nearest

_HEADS: Final = "refs/heads/"
_TAGS: Final = "refs/tags/"
_REMOTES: Final = "refs/remotes/"
_SHOWN: Final = 10
_WRITTEN_OUT: Final = re.compile(rb"\\x([0-9a-f]{2})")
_REF_FORMAT: Final = "--format=%(HEAD)%00%(refname)%00%(objectname)%00%(symref)"

logger = logging.getLogger(__name__)


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

    def git(self) -> Git:
        """A runner of git commands, to be stopped by whoever asked for it.

        In a copy, git is told where it is: one that is gone must not lead to what lies around it.
        """
        if self.url is None:
            return Git(self.root, self.trusted)
        return Git(self.root, self.trusted, {"GIT_DIR": str(self.root)})

    def shallow(self) -> tuple[str, ...]:
        """The commits whose parents this clone lacks by intention, sorted."""
        try:
            text = (self.git_dir / "shallow").read_text("ascii", "replace")
            return tuple(sorted(text.split()))
        except FileNotFoundError:
            return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What refs there are, here or at a remote, before any is chosen.

    Attributes:
        known: object by ref name.
        aliases: those that are other names of branches.
        checked_out: the ref that HEAD names; ``HEAD`` itself where it names a commit; ``None``
            before the first commit.
        head: that commit.
    """

    known: dict[str, str]
    aliases: frozenset[str] = frozenset()
    checked_out: str | None = None
    head: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refs:
    """Where a repository's branches and tags point at one moment.

    Attributes:
        followed: commit by ref name, of the branches this source follows.
        known: every ref name that exists, followed or not, with its object.
        tags: object by short tag name.
        scope: the branch's short name where exactly one is followed by name.
    """

    followed: dict[str, str]
    known: dict[str, str]
    tags: dict[str, str]
    scope: str | None


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
        if repository.git_dir not in {path, path / ".git"}:
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
            f"{source_id}: git is not installed", remedy="Install git 2.31 or newer"
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
    if "unknown repository extension" in complaint or "Expected git repo version" in complaint:
        return ConfigError(f"{item}: {complaint}", remedy="Install a git that knows its format")
    if "Permission denied" in complaint:
        return ConfigError(f"{item}: {complaint}", remedy="Give this user the right to read it")
    if error.status < 0 or "Cannot allocate memory" in complaint:
        return UnavailableError(f"{item}: {error}", remedy="Try again")
    if repository.url is not None:
        return ConfigError(
            f"{item}: its copy {repository.root} is damaged: {error}",
            remedy="Delete that folder: the next sync makes it anew",
        )
    return ConfigError(f"{item}: {error}", remedy="Run `git fsck` there and mend what it names")


def read_refs(git: Git, repository: Repository, branches: tuple[str, ...]) -> Refs:
    """Resolve the branches to follow, and the tags, with one look (two if HEAD is detached).

    Args:
        git: runs the commands.
        repository: which one.
        branches: names and globs, ``all`` (each local and each remote-tracking branch), or
            nothing for what is checked out.

    Raises:
        ConfigError: a branch named exactly does not exist.
        GitFailedError: the refs cannot be read.
    """
    return choose_refs(read_listing(git, branches), repository, branches)


def read_listing(git: Git, branches: tuple[str, ...]) -> Listing:
    """Read which branches and tags a repository has, and what is checked out.

    Args:
        git: runs the commands.
        branches: what is asked for; refs outside of the usual places have to be named.

    Raises:
        GitFailedError: the refs cannot be read.
    """
    known: dict[str, str] = {}
    aliases: set[str] = set()
    checked_out = None
    for line in git.run("for-each-ref", _REF_FORMAT, *ref_places(branches)).splitlines():
        mark, name, target, leads_to = line.split(b"\0")
        ref = decode_ref(name)
        known[ref] = target.decode()
        if leads_to:
            aliases.add(ref)
        if mark == b"*":
            checked_out = ref
    head = _detached(git) if checked_out is None and not branches else None
    return Listing(
        known=known,
        aliases=frozenset(aliases),
        checked_out=checked_out or ("HEAD" if head else None),
        head=head,
    )


def decode_ref(raw: bytes) -> str:
    r"""Give a ref's name as text, bytes that are no UTF-8 written out.

    >>> decode_ref(b"refs/tags/caf\xe9")
    'refs/tags/caf\\xe9'
    """
    return raw.decode("utf-8", "backslashreplace")


def encode_ref(ref: str) -> bytes:
    r"""Give the bytes of a name again: git allows no backslash in one, so each is of our making.

    >>> encode_ref("refs/tags/caf\\xe9")
    b'refs/tags/caf\xe9'
    """
    return _WRITTEN_OUT.sub(lambda match: bytes.fromhex(match[1].decode()), ref.encode())


def ref_places(branches: tuple[str, ...]) -> list[str]:
    """Where to look for refs: at the usual places, and at those that are named in full."""
    return [_HEADS, _TAGS, _REMOTES, *(entry for entry in branches if entry.startswith("refs/"))]


def choose_refs(listing: Listing, repository: Repository, branches: tuple[str, ...]) -> Refs:
    """Choose the branches to follow among all there are.

    Raises:
        ConfigError: a branch named exactly does not exist.
    """
    known = listing.known
    tags = {ref.removeprefix(_TAGS): sha for ref, sha in known.items() if ref.startswith(_TAGS)}
    if branches:
        chosen = [ref for entry in branches for ref in _select(entry, listing, repository)]
        exact = len(branches) == 1 and branches[0] != "all" and not is_glob(branches[0])
        scope = short_name(chosen[0]) if exact and chosen else None
    elif listing.head is not None:
        return Refs(followed={"HEAD": listing.head}, known=known, tags=tags, scope=None)
    else:
        chosen = [] if listing.checked_out is None else [listing.checked_out]
        scope = short_name(chosen[0]) if chosen else None
    return Refs(
        followed={ref: known[ref] for ref in sorted(set(chosen))},
        known=known,
        tags=tags,
        scope=scope,
    )


def short_name(ref: str) -> str:
    """The name people use for a ref.

    >>> short_name("refs/heads/main")
    'main'
    """
    for prefix in (_HEADS, _TAGS, _REMOTES):
        ref = ref.removeprefix(prefix)
    return ref


def _detached(git: Git) -> str | None:
    """The checked-out commit where no branch is; nothing before the first commit."""
    try:
        return git.run("rev-parse", "--verify", "--quiet", "HEAD").decode().strip()
    except GitFailedError as error:
        if error.status == 1:  # an unborn branch, which is quiet by request
            return None
        raise


def _select(entry: str, listing: Listing, repository: Repository) -> list[str]:
    """Find the refs that one name or glob means.

    Tags, notes, the stash and what a server keeps of pull requests are no branches; an alias as
    ``origin/HEAD`` is one by its name only, as a branch is not deleted when its alias is.
    """
    known = listing.known
    heads = [
        ref for ref in known if ref.startswith((_HEADS, _REMOTES)) and ref not in listing.aliases
    ]
    if entry == "all":
        return heads
    for ref in (_HEADS + entry, entry, _REMOTES + entry):
        if ref in known and not ref.startswith(_TAGS):
            return [ref]
    if is_glob(entry) and entry.startswith("refs/"):
        return [ref for ref in known if fnmatchcase(ref, entry) and not ref.startswith(_TAGS)]
    if is_glob(entry):
        return [ref for ref in heads if fnmatchcase(short_name(ref), entry)]
    if not heads:  # nothing is committed yet, so no name can be wrong
        return []
    names = sorted(short_name(ref) for ref in heads)
    listed = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    close = nearest(entry, names) if "did you mean" in nearest(entry, names) else ""
    raise ConfigError(
        f"{repository.item} has no branch {entry!r}{close}",
        remedy=f"Set 'branch' to one of: {listed}; or to a glob, or to 'all'",
    )


def is_glob(entry: str) -> bool:
    """Whether a branch that is asked for means any number of them."""
    return any(sign in entry for sign in "*?[")
