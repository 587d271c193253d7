"""Gathers the pieces of many repositories into batches that are worth what each costs."""

import time
from collections.abc import Iterator
from typing import Final

from sources.batch import Cursor, EventBatch
from sources.github.reading import Piece, tabulate
from sources.github.writing import CursorWriter

_MOST: Final = 500
"""Events that are always enough."""

_SHARE: Final = 10

_PATIENCE: Final = 10.0
"""Seconds after which a batch is given, however small."""


class Gathering:
    """A batch in the making.

    Each batch carries the places of all repositories, so one is worth giving when it has as many
    events as there are repositories. Where much has been given, one has a tenth of that at least:
    the first are to be seen at once, and a long reading is not to be held up by many small ones.

    Args:
        repositories: how many there are.
        writer: writes the cursors; ``None``: the batches have none.
    """

    def __init__(self, repositories: int, writer: CursorWriter | None) -> None:
        self._repositories = repositories
        self._writer = writer
        self._moving: list[str] = []
        self._piece = Piece()
        self._weight = 0
        self._given = 0
        self._began = 0.0
        self.cursor: Cursor | None = writer.write() if writer else None

    def begin(self, number: str) -> None:
        """Note that a repository is being read, so that its place moves."""
        self._moving.append(number)

    def add(self, piece: Piece) -> Iterator[EventBatch]:
        """Add what came of the repository that is being read; give the batches that are full.

        What withdraws something is a batch by itself, for another piece may give the same anew.
        """
        if piece.retracted:
            yield from self.rest()
        if not self._weight:
            self._began = time.monotonic()
        self._piece.events += piece.events
        self._piece.bad += piece.bad
        self._piece.retracted += piece.retracted
        self._weight += max(len(piece.events) + len(piece.bad), 1)
        self.cursor = self._writer.write(*self._moving) if self._writer else None
        del self._moving[:-1]
        late = time.monotonic() - self._began > _PATIENCE
        enough = min(max(self._repositories, self._given // _SHARE), _MOST)
        if self._weight >= enough or late or piece.retracted:
            yield from self.rest()

    def rest(self) -> Iterator[EventBatch]:
        """Give what has been gathered, if there is anything."""
        if self._weight:
            self._given += self._weight
            piece, self._piece, self._weight = self._piece, Piece(), 0
            yield make_batch(piece, self.cursor)


def make_batch(piece: Piece, cursor: Cursor | None) -> EventBatch:
    """Put a piece into a batch."""
    return EventBatch(
        events=tabulate(piece),
        cursor=cursor,
        retracted=piece.retracted,
        quarantined=piece.bad,
    )
