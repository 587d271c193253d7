"""Messages that nobody could understand in newer exports, and that an older one may tell."""

from typing import Final

from sources.slack.export.cursor import Position
from sources.slack.export.spans import may_hold

REMEMBERED: Final = 1_000
"""How many are kept, at most: every cursor carries them."""


class Unread:
    """Those of one conversation, as the cursor keeps them between two batches.

    Args:
        position: where they are kept.
        key: the conversation.
    """

    def __init__(self, position: Position, key: str) -> None:
        self._marks = position.unread
        self._key = key
        self._times = position.unread_of(key)

    def __contains__(self, time: int) -> bool:
        """Whether a message of that time is one."""
        return time in self._times

    def reaches(self, day: str) -> bool:
        """Whether a day, of whatever zone, may have one of them."""
        return bool(self._times) and may_hold(day, self._times)

    def add(self, time: int) -> None:
        """Keep one; the oldest of very many are forgotten."""
        self._times.add(time)
        self._marks.append(f"{self._key}/{time}")
        del self._marks[:-REMEMBERED]

    def discard(self, time: int) -> None:
        """Let go of one, by now understood."""
        if time in self._times:
            self._times.remove(time)
            self._marks[:] = [mark for mark in self._marks if mark != f"{self._key}/{time}"]
