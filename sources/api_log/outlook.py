"""About how many lines are still to come, by the bytes that are left and those that were read."""

from collections.abc import Iterable
from typing import Final

from sources.api_log.matching import Work
from sources.api_log.pieces import Piece

_RATIO: Final = 8.0
"""How much longer a log is than it is compressed, until one has been read."""


class Outlook:
    """An estimate that gets better on the way; right at the end.

    Args:
        works: the files to be read in a pass.
    """

    def __init__(self, works: Iterable[Work]) -> None:
        self._works = {work.state.identity: work for work in works}
        self._reached = {name: work.state.offset for name, work in self._works.items()}
        self._ended: set[str] = set()
        self._lines = 0

    def take(self, pieces: Iterable[Piece]) -> None:
        """Note what has been given."""
        for piece in pieces:
            name = piece.state.identity
            self._lines += piece.lines
            self._reached[name] = piece.state.offset
            if piece.state.stamp is not None:
                self._ended.add(name)

    def remaining(self) -> int | None:
        """Lines to come, about; ``None`` before any was read."""
        read = sum(self._reached[name] - work.state.offset for name, work in self._works.items())
        if not self._lines or read <= 0:
            return None
        ratio = self._ratio()
        left = 0.0
        for name, work in self._works.items():
            if name not in self._ended:
                packed = work.file.generation.codec is not None
                length = work.file.info.st_size * (ratio if packed else 1)
                left += max(0.0, length - self._reached[name])
        return round(left * self._lines / read)

    def _ratio(self) -> float:
        """Bytes of a log for one compressed byte, by the files read to their ends."""
        ended = [
            (self._reached[name], self._works[name].file.info.st_size)
            for name in self._ended
            if self._works[name].file.generation.codec is not None
        ]
        size = sum(packed for _, packed in ended)
        return sum(length for length, _ in ended) / size if size else _RATIO
