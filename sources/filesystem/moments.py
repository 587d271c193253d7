"""When a commit happened: the rule for dates that cannot be true."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sources.filesystem.command import Git
from sources.filesystem.commits import ObjectText, parse_object
from sources.filesystem.log import read_objects

_REMEMBERED: Final = 50_000

Basis = Literal["author", "committer", "tagger", "target", "ancestor", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A commit's time and where it is from.

    Attributes:
        seconds: since 1970.
        offset: minutes east of UTC; ``None`` if unknown or not the commit's own.
        basis: whose date it is; ``none``: nobody's is credible, it stands at 1970.
    """

    seconds: int
    offset: int | None
    basis: Basis


def own_moment(commit: ObjectText) -> Moment | None:
    """The author's date, else the committer's; ``None`` if neither is credible (1970 to 2099)."""
    for role in ("author", "committer"):
        stamp = commit.person(role).stamp
        if stamp.seconds is not None:
            basis: Basis = "author" if role == "author" else "committer"
            return Moment(seconds=stamp.seconds, offset=stamp.offset, basis=basis)
    return None


class Moments:
    """Gives commits their times; a commit without any of its own has its ancestor's.

    The nearest ancestor counts in generations; among equals, the order of parents decides. So
    the answer depends on the commit alone, never on what was read before. Commits are best
    given parents first: then most answers are remembered.
    """

    def __init__(self, git: Git) -> None:
        self._git = git
        self._known: dict[str, Moment] = {}

    def of(self, sha: str, commit: ObjectText) -> Moment:
        """Say when ``commit`` happened."""
        moment = own_moment(commit) or self._inherited(parents_of(commit))
        self._remember(sha, moment)
        return moment

    def _inherited(self, parents: Sequence[str]) -> Moment:
        seen = set(parents)
        frontier = list(dict.fromkeys(parents))
        while frontier:
            if len(frontier) == 1 and frontier[0] in self._known:
                return Moment(
                    seconds=self._known[frontier[0]].seconds,
                    offset=None,
                    basis="none" if self._known[frontier[0]].basis == "none" else "ancestor",
                )
            following: list[str] = []
            for _, content in read_objects(self._git, frontier):
                if content is None:
                    continue
                ancestor = parse_object(content)
                moment = own_moment(ancestor)
                if moment is not None:
                    return Moment(seconds=moment.seconds, offset=None, basis="ancestor")
                following += [sha for sha in parents_of(ancestor) if sha not in seen]
                seen.update(following)
            frontier = list(dict.fromkeys(following))
        return Moment(seconds=0, offset=None, basis="none")

    def _remember(self, sha: str, moment: Moment) -> None:
        if len(self._known) >= _REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[sha] = moment


def parents_of(commit: ObjectText) -> list[str]:
    """The parents' ids as the commit names them."""
    return [sha.decode("ascii", "replace") for sha in commit.headers.get("parent", [])]
