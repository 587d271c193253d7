"""A stream cut into blocks of whole lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from sources.api_log.lines import PIECE
from sources.api_log.parsing import LONGEST_LINE
from sources.api_log.streams import TAIL, Stream, skip_lead

BLOCK_BYTES: Final = PIECE
"""What is worked on at once; a smaller block costs as many calls for fewer lines."""

BLOCK_LINES: Final = 50_000
_NEWLINE: Final = ord("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some whole lines.

    Attributes:
        data: the lines; of one that is too long only the beginning, a byte too much, alone.
        offset: of the first byte, in the decompressed stream.
        end: offset of the first byte after it.
        tail: the bytes before ``end``, 64 at most.
    """

    data: bytes | memoryview
    offset: int
    end: int
    tail: bytes


def read_blocks(
    stream: Stream,
    *,
    closed: bool,
    size: int = BLOCK_BYTES,
    lines: int = BLOCK_LINES,
    longest: int = LONGEST_LINE,
) -> Iterator[Block]:
    """Cut what follows in the stream into blocks of about ``size`` bytes, ``lines`` lines at most.

    A line of up to ``longest`` bytes is given whole, whatever the size of blocks. A last line
    without its end is given where ``closed`` says that it will get none, and the stream came to a
    proper end.
    """
    if not stream.position:
        skip_lead(stream)
    offset, tail, pending = stream.position, stream.tail, b""
    while data := _read_all(stream, size):
        pending += data
        if len(pending) > longest + 1 and b"\n" not in pending:
            block, pending = _read_overlong(stream, pending, offset, (size, longest + 1))
            if block is None or not (closed or block.data[-1] == _NEWLINE):
                return
            yield block
            offset, tail = block.end, block.tail
        while whole := _whole_lines(pending, lines):
            tail = (tail + pending[max(0, whole - TAIL) : whole])[-TAIL:]
            view = memoryview(pending)[:whole]
            yield Block(data=view, offset=offset, end=offset + whole, tail=tail)
            offset, pending = offset + whole, pending[whole:]
    if pending and closed and not stream.broken:
        end = offset + len(pending)
        yield Block(data=pending, offset=offset, end=end, tail=(tail + pending)[-TAIL:])


def _read_all(stream: Stream, size: int) -> bytes:
    """Read so many bytes, of a stream that gives them by parts too; fewer at its end."""
    parts: list[bytes] = []
    while size > 0 and (data := stream.read(size)):
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def _read_overlong(
    stream: Stream, begun: bytes, offset: int, sizes: tuple[int, int]
) -> tuple[Block | None, bytes]:
    """Read on to the end of a line of any length; give its beginning, and what follows.

    ``sizes`` are what is read at a time, and what is kept.
    """
    size, kept = sizes
    length, tail = len(begun), begun[-TAIL:]
    while data := stream.read(size):
        line, ended, rest = data.partition(b"\n")
        length += len(line) + len(ended)
        tail = (tail + (line[-TAIL:] + ended))[-TAIL:]
        if ended:
            data = begun[:kept] + ended
            return Block(data=data, offset=offset, end=offset + length, tail=tail), rest
    if stream.broken:
        return None, b""
    return Block(data=begun[:kept], offset=offset, end=offset + length, tail=tail), b""


def _whole_lines(pending: bytes, lines: int) -> int:
    """Say how many bytes the first whole lines have, ``lines`` of them at most."""
    end = pending.rfind(b"\n") + 1
    # Not bytes.count, during which no other thread runs.
    if np.count_nonzero(np.frombuffer(pending, np.uint8, end) == _NEWLINE) <= lines:
        return end
    return len(pending) - len(pending.split(b"\n", lines)[-1])
