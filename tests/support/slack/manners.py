"""What Slack's pages leave open, or what it does now and then."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Literal


@dataclass(kw_only=True)
class Manners:
    """How lists are cut, and what differs from one reading to the next.

    Attributes:
        sizes: of the pages to come, where they are shorter than asked for; 0 gives an empty page
            with a cursor. Once it has ended, pages are as long as they may be.
        parent: which pages of ``conversations.replies`` have the thread's first message: the
            ``first``, whatever the bounds; ``every`` page; or the one in whose ``bounds`` it lies.
        forward: whether ``oldest`` without ``latest`` gives the pages nearest to ``oldest``
            first, as once documented; each page is newest first all the same.
        volatile: whether block ids and addresses of pictures are others at each reading.
        reactors: so many users are listed with a reaction, however many there are.
        repliers: so many with the first message of a thread.
        cursors: whether pages of messages name the next one, or only say that there are more.
        latest_reply: whether the first message of a thread tells when its newest reply was.
        oldest: whether pages of messages begin where they are asked to.
        users_without_limit: so many users are given where no limit is named, and beyond that none.
    """

    sizes: Iterator[int] = field(default_factory=lambda: iter(()))
    parent: Literal["first", "every", "bounds"] = "first"
    forward: bool = False
    volatile: bool = True
    reactors: int = 50
    repliers: int = 5
    users_without_limit: int = 10_000
    cursors: bool = True
    latest_reply: bool = True
    oldest: bool = True
    _readings: Iterator[int] = field(default_factory=lambda: count(46_656))

    def mark(self) -> str:
        """Give a word that is another one each time, or always the same."""
        return f"{next(self._readings):x}" if self.volatile else "b640"
