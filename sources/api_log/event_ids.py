"""Ids of requests, made for whole columns: a hash of the file, and the line's place in it."""

from hashlib import blake2b
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.api_log.kernels import arrow

_OFFSET_BITS: Final = 58
_HEX: Final = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), np.uint8).reshape(
    256, 2
)


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
    octets = np.empty((len(places), 16), np.uint8)
    octets[:, :8] = np.frombuffer(high.to_bytes(8, "big"), np.uint8)
    octets[:, 8:] = (places | np.uint64(low)).astype(">u8").view(np.uint8).reshape(-1, 8)
    return _written(octets)


def _written(octets: npt.NDArray[np.uint8]) -> "pa.Array[Any]":
    """Octets as the text of UUIDs."""
    rows = len(octets)
    digits = _HEX[octets].reshape(rows, 32)
    text = np.full((rows, 36), ord("-"), np.uint8)
    for start, stop, at in ((0, 8, 0), (8, 12, 9), (12, 16, 14), (16, 20, 19), (20, 32, 24)):
        text[:, at : at + stop - start] = digits[:, start:stop]
    offsets = np.arange(0, 36 * rows + 1, 36, dtype=np.int32)
    return pa.Array.from_buffers(
        pa.string(), rows, [None, arrow.py_buffer(offsets), arrow.py_buffer(text)]
    )
