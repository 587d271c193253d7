"""Files of any bytes, compressed or not: the same lines at the same offsets in any blocks."""

import gzip
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pyarrow as pa

from sources.api_log.blocks import read_blocks
from sources.api_log.naming import Codec
from sources.api_log.streams import open_stream
from sources.api_log.telling import NotALogError
from tests.support.fuzzing.logs import LONG

_CODECS: Final[Sequence[Codec | None]] = (None, "gzip", "zstd")
_SIZES: Final = ((2 << 20, 25_000), (7, 2), (64, 1), (1 << 12, 3))
"""Bytes and lines of a block."""
_LONGEST: Final = 1_000
"""Bytes of a line that is given whole: in blocks of seven, a hundred thousand take their time."""


def check_files(data: bytes) -> None:
    """Write a log whose first bytes say how it is packed and damaged, and read it in blocks.

    Raises:
        AssertionError: a line is lost, stands elsewhere, or depends on the size of a block.
    """
    if len(data) < 3:
        return
    codec = _CODECS[data[0] % len(_CODECS)]
    content = data[2:].replace(LONG, b"x" * (_LONGEST + 10), 1)
    packed = _pack(content, codec)
    damage, sound = data[1], data[1] % 4 != 1
    if damage % 4 == 1:
        packed = packed[: len(packed) * damage // 256]
    elif damage % 4 == 2:
        packed, sound = content, codec is None  # not what its name says
    with TemporaryDirectory(prefix="daybook-fuzz-") as folder:
        path = Path(folder) / "access.log"
        path.write_bytes(packed)
        with suppress(NotALogError):
            _check(str(path), codec, content if sound else None)


def _pack(content: bytes, codec: Codec | None) -> bytes:
    """Compress in two members."""
    middle = len(content) // 2
    if codec == "gzip":
        return gzip.compress(content[:middle], 1) + gzip.compress(content[middle:], 1)
    if codec == "zstd":
        first, second = (
            pa.compress(part, codec="zstd", asbytes=True)
            for part in (content[:middle], content[middle:])
        )
        return bytes(first + second)
    return content


def _check(path: str, codec: Codec | None, content: bytes | None) -> None:
    readings = [_read(path, codec, size, lines) for size, lines in _SIZES]
    assert all(reading == readings[0] for reading in readings), "the size of blocks shows"
    if content is not None:
        assert readings[0] == _lines(content)


def _read(path: str, codec: Codec | None, size: int, count: int) -> list[tuple[int, bytes]]:
    """Each line at its offset, of one too long the beginning."""
    found: list[tuple[int, bytes]] = []
    with open_stream(path, codec) as stream:
        end = 0
        blocks = read_blocks(stream, closed=True, size=size, lines=count, longest=_LONGEST)
        for block in blocks:
            assert block.offset == end, "a gap between blocks"
            end = block.end
            found += [(block.offset + at, line) for at, line in _lines(bytes(block.data))]
    return found


def _lines(data: bytes) -> list[tuple[int, bytes]]:
    lines, at = [], 0
    for line in data.split(b"\n"):
        lines.append((at, line[: _LONGEST + 1]))
        at += len(line) + 1
    return lines if lines[-1][1] else lines[:-1]
