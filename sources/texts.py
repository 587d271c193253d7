"""The bytes of Arrow's texts, without a Python object for each of them."""

from typing import Any

import pyarrow as pa


def text_bytes(texts: Any) -> memoryview:
    """Give the bytes of all texts of an array, one behind the other; nothing is copied."""
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return memoryview(b"")
    bounds = memoryview(offsets).cast("q" if pa.types.is_large_string(texts.type) else "i")
    return memoryview(data)[bounds[texts.offset] : bounds[texts.offset + len(texts)]]
