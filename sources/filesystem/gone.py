"""Which commits no branch reaches any more: asked so that no wrong clock can answer."""

from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import Final

from sources.filesystem.command import Git
from sources.filesystem.log import CommitIds, Walk, spool_walk

_ASKED_TOGETHER: Final = 100_000
"""Ids held in memory at once."""


def read_gone(git: Git, walk: Walk, into: CommitIds) -> None:
    """Add to ``into`` the commits that the tips of ``walk`` reach and its base does not.

    ``rev-list`` ends its walk of the base where the commit dates say that nothing more is to be
    met. Where a clock was wrong it lists commits that the base does reach, which does no harm to
    who reads them once more, but is no proof that they are gone: so each is looked for among
    all that the base reaches. Mostly none is listed, and nothing more is read.

    Raises:
        GitFailedError: a commit of the walk is not there.
    """
    with TemporaryFile() as file:
        listed = CommitIds(file)
        listed.read(git, walk)
        for start in range(0, len(listed), _ASKED_TOGETHER):
            asked = listed.slice(start, _ASKED_TOGETHER)
            reached = _find_reached(git, walk.base, asked)
            into.add([sha for sha in asked if sha not in reached])


def _find_reached(git: Git, tips: Sequence[str], asked: Sequence[str]) -> set[str]:
    """Choose those that the tips reach, by a walk that leaves nothing out."""
    if not tips:
        return set()
    wanted, found = frozenset(asked), set()
    stdin = "".join(f"{sha}\n" for sha in dict.fromkeys(tips)).encode()
    with TemporaryFile() as file:
        spool_walk(git, "--stdin", stdin=stdin, into=file)
        for line in file:
            sha = line.decode("ascii").rstrip("\n")
            if sha in wanted:
                found.add(sha)
    return found
