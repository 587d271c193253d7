"""Whole lines of a block as positions in an array of bytes; nothing is copied line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.api_log.kernels import Column, arrow
from sources.texts import text_bytes, text_parts

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

PIECE: Final = 1 << 22
"""Bytes worked on at once: what a cache holds is split faster, smaller pieces cost more calls."""

PAD: Final = 64
"""Line ends put behind a piece, so that a look a few bytes ahead needs no check."""

_NEWLINE: Final = 10
_RETURN: Final = 13
_BLANK: Final[Mask] = np.isin(np.arange(256), tuple(b" \t\r\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    r"""Lines of one piece.

    Attributes:
        data: the bytes, and :data:`PAD` line ends behind them.
        starts: position of each line's first byte.
        ends: position behind each line's last byte, without ``\n`` or ``\r\n``.
        first_offset: of ``data[0]`` in the decompressed stream.
    """

    data: Bytes
    starts: Positions
    ends: Positions
    first_offset: int

    def __len__(self) -> int:
        """How many lines."""
        return len(self.starts)

    @property
    def size(self) -> int:
        """Bytes of the piece, without the padding."""
        return len(self.data) - PAD

    def at(self, rows: Positions | Mask) -> "Lines":
        """Some of the lines, in their order."""
        return Lines(
            data=self.data,
            starts=self.starts[rows],
            ends=self.ends[rows],
            first_offset=self.first_offset,
        )

    def raw(self, row: int) -> bytes:
        """The bytes of one line."""
        return self.data[self.starts[row] : self.ends[row]].tobytes()

    def texts(self) -> Column:
        """The lines as an Arrow array."""
        return gather(self.data, self.starts, self.ends)


def read_pieces(block: bytes | memoryview | pa.Buffer, first_offset: int) -> Iterator[Lines]:
    """Go through a block in pieces of about :data:`PIECE` bytes that end where a line ends."""
    data: Bytes = np.frombuffer(memoryview(block), np.uint8)
    start = 0
    while start < len(data):
        stop = _piece_end(data, start)
        yield split_lines(data[start:stop], first_offset + start)
        start = stop


def _piece_end(data: Bytes, start: int) -> int:
    """The end of the line in which the piece is full."""
    stop = start + PIECE
    while stop < len(data):
        ahead = np.flatnonzero(data[stop : stop + PIECE] == _NEWLINE)
        if len(ahead):
            return stop + int(ahead[0]) + 1
        stop += PIECE
    return len(data)


def split_lines(piece: Bytes, first_offset: int) -> Lines:
    r"""Find the lines of a piece; a last one without ``\n`` is one too."""
    size = len(piece)
    data = np.empty(size + PAD, np.uint8)
    data[:size] = piece
    data[size:] = _NEWLINE
    ends = np.flatnonzero(piece == _NEWLINE)
    if size and piece[-1] != _NEWLINE:
        ends = np.append(ends, size)
    starts = np.empty_like(ends)
    starts[:1] = 0
    starts[1:] = ends[:-1] + 1
    ends = ends - ((data[ends - 1] == _RETURN) & (ends > starts))
    return Lines(data=data, starts=starts, ends=ends, first_offset=first_offset)


def filled(lines: Lines) -> Mask:
    """Which lines hold anything but blanks."""
    mask: Mask = lines.ends > lines.starts
    blank = mask & _BLANK[lines.data[lines.starts]] & _BLANK[lines.data[lines.starts + 1]]
    for row in np.flatnonzero(blank).tolist():
        mask[row] = bool(lines.raw(row).strip(b" \t\r"))
    return mask


def find_places(places: Positions, at: Positions) -> Positions:
    """Say which place is the first one that is not before each position, as ``searchsorted`` does.

    Where each line has as many places as any other, as of fixed text mostly, nothing is searched.

    Args:
        places: ascending, one more than stand in the lines.
        at: a position of each line, ascending.
    """
    rows = len(at)
    if rows and len(places) > rows and (len(places) - 1) % rows == 0:
        each, begin = len(places) // rows, int(np.searchsorted(places, at[0]))
        guess = np.arange(begin, begin + each * rows, each)
        last = int(guess[-1])
        if last < len(places) and bool((places[begin : last + 1 : each] >= at).all()):
            second = int(begin == 0)  # before the very first place there is none
            before = places[begin + each * second - 1 : last : each]
            if bool((before < at[second:]).all()):
                return guess
    return np.searchsorted(places, at)


def gather(data: Bytes, starts: Positions, ends: Positions) -> Column:
    """Copy one segment of each line into an Arrow array.

    The segments and the gaps between them are one binary array over the same bytes, of which
    Arrow takes every second item: no index of bytes is ever made.

    Args:
        data: the bytes.
        starts: of the segments, ascending.
        ends: of the segments, none behind the next one's start.
    """
    rows = len(starts)
    offsets = np.empty(2 * rows + 1, np.int32)
    offsets[0:-1:2] = starts
    offsets[1::2] = ends
    offsets[-1] = offsets[-2] if rows else 0
    both = pa.Array.from_buffers(
        pa.binary(), 2 * rows, [None, arrow.py_buffer(offsets), arrow.py_buffer(data)]
    )
    return both.take(arrow.array(np.arange(0, 2 * rows, 2, dtype=np.int32)))


def spread(values: Column) -> tuple[Bytes, Positions, Positions]:
    """The bytes of a binary or string array, and where each value starts and ends in them."""
    data, bounds = text_parts(values)
    offsets = np.frombuffer(bounds, np.int32).astype(np.int64)
    return np.frombuffer(data, np.uint8), offsets[:-1], offsets[1:]


def joined(values: Column) -> Bytes:
    """The bytes of all values, one behind the other."""
    return np.frombuffer(text_bytes(values), np.uint8)
