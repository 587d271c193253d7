"""Searching and replacing in columns of texts, most of which hold nothing of what is searched."""

import re
from collections.abc import Callable
from typing import Final

import numpy as np
import pyarrow as pa

from sources.api_log.kernels import Column, arrow, pc
from sources.api_log.lines import Positions, gather, joined, spread

_COUNTED: Final = re.compile(r"\{[0-9]+,?\}")
_BOUNDARY: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\b")  # not the end of a backslash and a b
_SEPARATORS: Final = b'?&;#/"|{,\t\n\f\r '


def find_keys(values: Column) -> tuple[Column, Positions]:
    """Find the keys of ``key=value`` in texts.

    Returns:
        The keys, each once for every place it stands in, and the rows they stand in.
    """
    data, starts, ends = spread(values)
    first, last = (int(starts[0]), int(ends[-1])) if len(starts) else (0, 0)
    used = data[first:last]
    equals = np.flatnonzero(used == ord("=")) + first
    breaks = used == _SEPARATORS[0]
    for byte in _SEPARATORS[1:]:
        breaks |= used == byte
    places = np.concatenate(([-1], np.flatnonzero(breaks) + first))
    rows = np.searchsorted(starts, equals, side="right") - 1
    begins = np.maximum(places[np.searchsorted(places, equals) - 1] + 1, starts[rows])
    before = np.concatenate(([-1], equals[:-1]))
    new = begins > before  # of `a=b=c` only `a` is a key
    keys = gather(data, begins[new], equals[new]).cast(pa.string(), safe=False)
    return keys, rows[new]


def replaced(values: Column, pattern: str, written: str) -> Column:
    """Replace what a pattern matches; a look through the bytes at once spares most columns it."""
    if values.null_count == len(values):
        return values
    used = joined(values)
    whole = pa.Array.from_buffers(
        pa.binary(),
        1,
        [None, arrow.py_buffer(np.array([0, len(used)], np.int32)), arrow.py_buffer(used)],
    )
    # Where one value ends and the next begins may be neither boundary nor beginning. A pattern that
    # counts is made ready slowly, each time: whether there is any of it is asked first.
    loose = (
        _COUNTED.sub("+", _BOUNDARY.sub(r"\1", pattern))
        .replace("(?:^|", "(?:|")
        .replace("|$)", "|)")
    )
    if not pc.match_substring_regex(whole, loose)[0].as_py():
        return values
    return pc.replace_substring_regex(values, pattern, written)


def by_distinct(values: Column, change: Callable[[str], str | None]) -> Column:
    """Change each distinct text once."""
    encoded = values.dictionary_encode()
    changed = [change(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(changed, pa.string()).take(encoded.indices)
