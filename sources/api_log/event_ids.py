"""Ids of requests, made for whole columns: a hash of the file, and the line's place in it."""

from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.api_log.kernels import arrow

_OFFSET_BITS: Final = 58
_HEX: Final = np.frombuffer(np.arange(1 << 16, dtype=">u2").tobytes().hex().encode(), np.uint32)
"""The four digits of every pair of octets."""

_PLACES: Final = (19, 24, 28, 32)
"""Where the digits of the last four pairs stand in a UUID."""


def event_ids(
    source_id: str, kind: str, identity: str, offsets: "pa.Array[Any] | npt.NDArray[np.uint64]"
) -> "pa.Array[Any]":
    """Name lines by their file and their place in it.

    UUIDs of version 8: 64 bits of a BLAKE2b over the three texts, each with its length before it,
    then 58 bits of the offset. So lines of one file stand together in an index, in their order.

    Args:
        source_id: the configured source.
        kind: the events' kind.
        identity: of the file; what stays the same when it is renamed or compressed.
        offsets: of the lines' first bytes in the decompressed stream, below 2**58.

    Returns:
        Canonical UUIDs.

    Raises:
        ValueError: an offset that does not fit.

    >>> event_ids("web", "http.request", "f00d", pa.array([0, 255], pa.uint64())).to_pylist()
    ['e30a083d-7598-89ed-bc00-000000000000', 'e30a083d-7598-89ed-bc00-0000000000ff']
    """
    places = np.asarray(offsets).astype(np.uint64)
    if len(places) and int(places.max()) >= 1 << _OFFSET_BITS:
        raise ValueError(f"{source_id}: no file is 2**{_OFFSET_BITS} bytes long")
    digest = blake2b(digest_size=8)
    for part in (source_id, kind, identity):
        text = part.encode("utf-8", "surrogatepass")
        digest.update(len(text).to_bytes(8, "big"))
        digest.update(text)
    number = int.from_bytes(digest.digest(), "big")
    high = (number >> 16) << 16 | 0x8000 | (number >> 4 & 0xFFF)  # 48 bits, version, 12 bits
    low = 0b10 << 62 | (number & 0xF) << _OFFSET_BITS  # variant, 4 bits
    return _written(high, places | np.uint64(low))


def _written(high: int, lows: npt.NDArray[np.uint64]) -> "pa.Array[Any]":
    """UUIDs as text, of which only the digits that differ are written row by row."""
    rows = len(lows)
    first = high << 64 | (int(lows[0]) if rows else 0)
    text = np.empty((rows, 36), np.uint8)
    text[:] = np.frombuffer(str(UUID(int=first)).encode(), np.uint8)
    pairs = lows.astype(">u8").view(">u2").reshape(rows, 4)
    for pair, at in enumerate(_PLACES):
        column = pairs[:, pair]
        if rows and (column != column[0]).any():
            text[:, at : at + 4] = _HEX[column].view(np.uint8).reshape(rows, 4)
    offsets = np.arange(0, 36 * rows + 1, 36, dtype=np.int32)
    return pa.Array.from_buffers(
        pa.string(), rows, [None, arrow.py_buffer(offsets), arrow.py_buffer(text)]
    )
