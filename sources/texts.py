"""The bytes of Arrow's texts, without a Python object for each of them."""

from typing import Any

import pyarrow as pa


def text_parts(texts: Any) -> tuple[memoryview, memoryview]:
    """Give the bytes below an array of texts, and where in them it begins and each text ends.

    Args:
        texts: of any of Arrow's binary or string types.

    Returns:
        The bytes, which may be more than the array's own, and the bounds, as many as there are
        texts and one; of an empty array perhaps none. Nothing is copied.
    """
    _, offsets, data = texts.buffers()
    large = pa.types.is_large_string(texts.type) or pa.types.is_large_binary(texts.type)
    bounds = memoryview(offsets or b"").cast("q" if large else "i")
    return memoryview(data or b""), bounds[texts.offset : texts.offset + len(texts) + 1]


def text_bytes(texts: Any) -> memoryview:
    """Give the bytes of all texts of an array, one behind the other; nothing is copied."""
    data, bounds = text_parts(texts)
    return data[bounds[0] : bounds[-1]] if len(texts) else data[:0]
