"""Reading history over pipes: which commits there are, and all of a bounded chunk of them."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from typing import IO, Final

from sources.filesystem.changes import DIFF, FORMATS, HEADS, Changes, parse_changes, read_tokens
from sources.filesystem.command import GRAPH, Git, GitFailedError
from sources.filesystem.contents import Contents
from sources.filesystem.patches import read_patch_ids

logger = logging.getLogger(__name__)

CHUNK_COMMITS: Final = 500
"""Commits read together: git takes no longer for contiguous chunks of this size than for all."""
CHUNK_BYTES: Final = 8 << 20
"""Bytes of commit objects in a chunk; a single larger commit is read nevertheless."""
CHUNK_FILES: Final = 25_000
"""Changed files in a chunk; a single larger commit is read nevertheless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Which commits a range holds.

    Attributes:
        tips: commits the range reaches back from.
        base: commits that, with all they reach, lie outside.
        pathspecs: where given, only commits that touch one of them, and no merges.
    """

    tips: Sequence[str]
    base: Sequence[str] = ()
    pathspecs: Sequence[str] = ()


def spool_walk(git: Git, *options: str, stdin: bytes, into: IO[bytes]) -> None:
    """Run ``rev-list``, its output going to an empty file.

    Where a broken commit ends the walk, git's own copy of the commits may lead past it.

    Raises:
        GitFailedError: a commit of the walk is not there.
    """
    try:
        git.spool("rev-list", *options, stdin=stdin, into=into)
    except GitFailedError as error:
        if error.status < 0:  # stopped
            raise
        into.truncate(0)
        into.seek(0)
        git.spool(*GRAPH, "rev-list", *options, stdin=stdin, into=into)
    into.seek(0)


class CommitIds:
    """The ids of a range, parents first, kept in a file: memory stays constant."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._width = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def read(self, git: Git, walk: Walk) -> None:
        """Fill it with the commits of ``walk``: the same walk gives the same order.

        Raises:
            GitFailedError: a commit of the walk is not there.
        """
        if not walk.tips:
            return
        paths = ["--full-history", "--no-merges", "--", *walk.pathspecs] if walk.pathspecs else []
        lines = [*dict.fromkeys(walk.tips), *(f"^{sha}" for sha in dict.fromkeys(walk.base))]
        stdin = "".join(f"{line}\n" for line in lines).encode()
        spool_walk(
            git, "--topo-order", "--reverse", "--stdin", *paths, stdin=stdin, into=self._file
        )
        self._measure()

    def add(self, shas: Sequence[str]) -> None:
        """Append ids."""
        if shas:
            self._file.write("".join(f"{sha}\n" for sha in shas).encode())
            self._file.flush()
            self._measure()

    def slice(self, start: int, count: int) -> list[str]:
        """Give up to ``count`` ids from position ``start``."""
        self._file.seek(start * self._width)
        return self._file.read(count * self._width).decode("ascii").split()

    def _measure(self) -> None:
        self._file.seek(0)
        self._width = len(self._file.readline())
        size = self._file.seek(0, 2)
        self._count = size // self._width if self._width else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One commit as it was read.

    Attributes:
        sha: its id.
        content: the commit object; ``None`` where the repository lacks it or it is broken.
        changes: its files; ``None`` where they could not be read.
        counted: whether lines could be counted: not where a file's content is missing.
        cut: whether a shallow clone ends here, so that what changed is not known.
        patch_id: git's id of the change, where it was asked for and there is one.
    """

    sha: str
    content: bytes | None
    changes: Changes | None
    counted: bool
    cut: bool = False
    patch_id: str | None = None


def read_objects(git: Git, shas: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
    """Give each object's content in the order asked for; ``None`` where it is missing or broken.

    Raises:
        GitFailedError: the repository cannot be read.
    """
    done = 0
    while done < len(shas):
        try:
            for found in _read_batch(git, shas[done:]):
                done += 1
                yield found
        except GitFailedError as error:
            if error.status < 0 or done == len(shas):  # stopped, or at the very end
                raise
            yield shas[done], _read_alone(git, shas[done])
            done += 1


def _read_batch(git: Git, shas: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
    """Read objects until the first that is broken: git ends there, in the middle of its answer."""
    stdin = "".join(f"{sha}\n" for sha in shas).encode()
    with git.pipe("cat-file", "--batch", "--buffer", stdin=stdin) as stdout:
        for sha in shas:
            answer = stdout.readline()
            if answer.endswith(b" missing\n"):
                yield sha, None
                continue
            size = int(answer.split()[-1]) if answer.endswith(b"\n") else 0
            content = stdout.read(size + 1)
            if len(content) <= size:  # cut short; leaving says why
                break
            yield sha, content[:-1]
        else:
            return
    raise GitFailedError("cat-file", 1, "ended in the middle of its answer")


def _read_alone(git: Git, sha: str) -> bytes | None:
    """Read one object that may be the broken one, or only lost behind it in git's buffer."""
    try:
        head, _, rest = git.run("cat-file", "--batch", stdin=sha.encode()).partition(b"\n")
    except GitFailedError:
        git.run("rev-parse", "--git-dir")  # else nothing can be read, and no object is to blame
        return None
    return None if head.endswith(b" missing") else rest[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is wanted besides the commits themselves.

    Attributes:
        mailmap: names and e-mails as the mailmap corrects them.
        patch_ids: ids of the changes; takes about as long again.
    """

    mailmap: bool = True
    patch_ids: bool = False


def read_chunk(git: Git, shas: Sequence[str], wishes: Wishes, here: Contents) -> list[Reading]:
    """Read commits from the beginning of ``shas`` until a bound is met, one at least.

    Needs nothing but its arguments, so that chunks can be read side by side.

    Args:
        git: runs the commands.
        shas: which commits.
        wishes: what is wanted besides them.
        here: the objects that the clone has.

    Raises:
        GitFailedError: git was stopped, or cannot read the repository at all.
    """
    contents: dict[str, bytes | None] = {}
    size = 0
    for sha, content in read_objects(git, shas):
        contents[sha] = content
        size += len(content or b"")
        if size >= CHUNK_BYTES:
            break
    trees = {
        sha: content.partition(b"\n")[0].removeprefix(b"tree ")
        for sha, content in contents.items()
        if content is not None
    }
    found = _read_changes(git, trees, here, mailmap=wishes.mailmap)
    changed = [sha for sha, (changes, counted) in found.items() if counted and changes]
    patch_ids = read_patch_ids(git, changed) if wishes.patch_ids else {}
    readings: list[Reading] = []
    for sha, content in contents.items():
        if content is not None and sha not in found:  # beyond the bound of files
            break
        changes, counted = found.get(sha, (None, False))
        readings.append(
            Reading(
                sha=sha,
                content=content,
                changes=changes,
                counted=counted,
                patch_id=patch_ids.get(sha),
            )
        )
    return readings


_Found = dict[str, tuple[Changes | None, bool]]
"""What each commit changed, and whether its lines are counted."""


def _read_changes(git: Git, trees: Mapping[str, bytes], here: Contents, *, mailmap: bool) -> _Found:
    """Read what commits, given with their trees, changed; lines are counted wherever they can be.

    A clone without all file contents ends git in the middle of its answer; then the commits
    that lack some are read without. So are those without a tree, all of them at once, as a clone
    may lack the most. A damaged object is closed in upon by halving.
    """
    names, shas = FORMATS[mailmap], list(trees)
    try:
        return _read_diffs(git, shas, "--numstat", names, counted=True)
    except GitFailedError as error:
        if error.status < 0:  # stopped
            raise
        logger.info("%s: some contents are missing: %s", git.directory, error)
    if treeless := here.find_treeless(trees):
        found = _read_heads(git, sorted(treeless), names)
        if rest := {sha: tree for sha, tree in trees.items() if sha not in treeless}:
            found |= _read_changes(git, rest, here, mailmap=mailmap)
        return {sha: found[sha] for sha in takewhile(found.__contains__, shas)}
    return _read_parts(git, trees, here, mailmap=mailmap)


def _read_parts(git: Git, trees: Mapping[str, bytes], here: Contents, *, mailmap: bool) -> _Found:
    """Read commits apart that lack contents, or the two halves, down to one that is broken."""
    names, shas = FORMATS[mailmap], list(trees)
    try:
        return _read_runs(git, shas, here.find_lacking(shas), names)
    except GitFailedError as error:
        if error.status < 0:
            raise
    if len(shas) == 1:
        return _read_names(git, shas[0], names)
    middle = len(shas) // 2
    first = _read_changes(git, dict(islice(trees.items(), middle)), here, mailmap=mailmap)
    if len(first) < middle:
        return first
    rest = dict(islice(trees.items(), middle, None))
    return first | _read_changes(git, rest, here, mailmap=mailmap)


def _read_names(git: Git, sha: str, names: str) -> _Found:
    """Read one commit as far as that goes: its files without lines, or nothing of them."""
    try:
        return _read_diffs(git, [sha], "--no-renames", names, counted=False)
    except GitFailedError as error:
        if error.status < 0:
            raise
        return _read_heads(git, [sha], names)


def _read_heads(git: Git, shas: Sequence[str], names: str) -> _Found:
    """Read what there is without any tree: names as they are corrected, and trailers."""
    stdin = "".join(f"{sha}\n" for sha in shas).encode()
    try:
        with git.pipe(*HEADS, names, stdin=stdin) as stdout:
            heads = [replace(one, listed=False) for one in parse_changes(read_tokens(stdout))]
    except GitFailedError as error:
        if error.status < 0:
            raise
        heads = []
    return dict.fromkeys(shas, (None, False)) | {head.sha: (head, False) for head in heads}


def _read_runs(git: Git, shas: Sequence[str], lacking: set[str], names: str) -> _Found:
    """Read both kinds of commits; give them up to the first that met the bound of its kind."""
    whole = [sha for sha in shas if sha not in lacking]
    found = _read_diffs(git, whole, "--numstat", names, counted=True)
    without = [sha for sha in shas if sha in lacking]
    found |= _read_diffs(git, without, "--no-renames", names, counted=False)
    return {sha: found[sha] for sha in takewhile(found.__contains__, shas)}


def _read_diffs(git: Git, shas: Sequence[str], *options: str, counted: bool) -> _Found:
    found: _Found = {}
    files = 0
    stdin = "".join(f"{sha}\n" for sha in shas).encode()
    with git.pipe(*DIFF, *options, stdin=stdin, counts=counted) as stdout:
        for changes in parse_changes(read_tokens(stdout)):
            found[changes.sha] = (changes, counted)
            files += len(changes.files)
            if files >= CHUNK_FILES:
                break
    return found
