"""A repository's branches and tags: listed, and those chosen that a source follows."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from sources.errors import ConfigError
from sources.filesystem.command import GRAPH, Git, GitFailedError
from sources.filesystem.repository import Repository
from sources.settings import guess

HEADS: Final = "refs/heads/"
TAGS: Final = "refs/tags/"
_REMOTES: Final = "refs/remotes/"
_SHOWN: Final = 10
_GLOB: Final = re.compile(r"[*?\[]")
_WRITTEN_OUT: Final = re.compile(rb"\\x([0-9a-f]{2})")
_REF_FORMAT: Final = "--format=%(HEAD)%00%(refname)%00%(objectname)%00%(symref)"


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
    """Where to look for refs: at the usual places, and at those that are named in full.

    Of a glob it is the folder where its signs begin: those of git's own would end at a slash.
    """
    parted = ((entry, _GLOB.search(entry)) for entry in branches if entry.startswith("refs/"))
    own = (entry[: entry.rindex("/", 0, sign.start())] if sign else entry for entry, sign in parted)
    return [HEADS, TAGS, _REMOTES, *own]


def choose_refs(listing: Listing, repository: Repository, branches: tuple[str, ...]) -> Refs:
    """Choose the branches to follow among all there are.

    Raises:
        ConfigError: a branch named exactly does not exist.
    """
    known = listing.known
    tags = {ref.removeprefix(TAGS): sha for ref, sha in known.items() if ref.startswith(TAGS)}
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


def check_tips(git: Git, repository: Repository, refs: Refs) -> None:
    """Make sure that git can walk from each branch that is followed.

    Raises:
        ConfigError: one leads to a commit that is not there, or is broken.
        GitFailedError: the repository cannot be read.
    """
    stdin = "".join(f"{sha}\n" for sha in refs.followed.values()).encode()
    try:
        git.run(*GRAPH, "rev-list", "--no-walk", "--stdin", stdin=stdin)
    except GitFailedError as error:
        for ref, sha in refs.followed.items():
            if sha in error.complaint:
                raise ConfigError(
                    f"{repository.item}: {ref} leads to the commit {sha}, which cannot be read",
                    remedy="Fetch it, or let that ref lead elsewhere; `git fsck` tells of more",
                ) from error
        raise


def short_name(ref: str) -> str:
    """The name people use for a ref.

    >>> short_name("refs/heads/main")
    'main'
    """
    for prefix in (HEADS, TAGS, _REMOTES):
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
        ref for ref in known if ref.startswith((HEADS, _REMOTES)) and ref not in listing.aliases
    ]
    if entry == "all":
        return heads
    for ref in (HEADS + entry, entry, _REMOTES + entry):
        if ref in known and not ref.startswith(TAGS):
            return [ref]
    if is_glob(entry) and entry.startswith("refs/"):
        return [ref for ref in known if fnmatchcase(ref, entry) and not ref.startswith(TAGS)]
    if is_glob(entry):
        return [ref for ref in heads if fnmatchcase(short_name(ref), entry)]
    if not heads:  # nothing is committed yet, so no name can be wrong
        return []
    names = sorted(short_name(ref) for ref in heads)
    listed = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    raise ConfigError(
        f"{repository.item} has no branch {entry!r}{guess(entry, names)}",
        remedy=f"Set 'branch' to one of: {listed}; or to a glob, or to 'all'",
    )


def is_glob(entry: str) -> bool:
    """Whether a branch that is asked for means any number of them."""
    return _GLOB.search(entry) is not None
