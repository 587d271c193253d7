"""Pieces of several channels put together, so that few batches carry them."""

import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any, Final

from sources.batch import Coverage, Cursor, EventBatch, batch_table
from sources.slack.cursor import Place, Position
from sources.slack.reading import Piece

_LONGEST: Final = 5.0
"""Seconds that a piece waits for others: what Slack makes wait is stored meanwhile."""


class Gathering:
    """Puts pieces together.

    A batch of some pieces has all that each of them has, so what each claims holds for it.

    Args:
        position: that moves with the pieces.
        size: events from which on a batch is given.

    Attributes:
        reached: what of the position the last batch has; ``None``: there was none.
    """

    def __init__(self, position: Position, size: int) -> None:
        self._position = position
        self._size = size
        self._channels = {key: _dump(place) for key, place in position.channels.items()}
        self._pieces: list[Piece] = []
        self._since = 0.0
        self._moved: set[str] = set()
        self._last = ""
        self.reached: Cursor | None = None

    def add(self, key: str, piece: Piece) -> Generator[EventBatch, None, None]:
        """Take a piece of a channel; give a batch if there is enough for one."""
        if not self._pieces:
            self._since = time.monotonic()
        self._pieces.append(piece)
        self._moved.add(key)
        self._last = key
        waited = time.monotonic() - self._since
        if sum(len(one.events) for one in self._pieces) >= self._size or waited > _LONGEST:
            yield from self.flush()

    def flush(self) -> Generator[EventBatch, None, None]:
        """Give what there is.

        A channel's place moves with what is given of it, and whenever Slack is asked it is one from
        which can be gone on. So it is written out here only, and not with every piece.
        """
        pieces, self._pieces = self._pieces, []
        if pieces:
            for key in self._moved:
                self._channels[key] = _dump(self._position.channels[key])
            self._moved = {self._last}
            self.reached = cursor = self._position.to_cursor(self._channels)
            yield _join(pieces, cursor)


def _dump(place: Place) -> dict[str, Any]:
    return place.model_dump(exclude_defaults=True)


def _join(pieces: Sequence[Piece], cursor: Cursor | None) -> EventBatch:
    """Make a batch of pieces; what is gone was there when the first of them says so."""
    standing = [piece.standing for piece in pieces if piece.standing is not None]
    return EventBatch(
        events=batch_table([event for piece in pieces for event in piece.events]),
        cursor=cursor,
        retracted=[key for piece in pieces for key in piece.retracted],
        quarantined=[bad for piece in pieces for bad in piece.bad],
        complete=[claim for piece in pieces for claim in piece.complete],
        standing=min(standing, default=None),
    )


def make_batch(
    piece: Piece, cursor: Cursor | None, coverage: tuple[Coverage, ...] = ()
) -> EventBatch:
    """Make a batch of one piece."""
    return replace(_join([piece], cursor), coverage=coverage)
