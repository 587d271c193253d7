"""Percent-encoding in columns: which bytes are encoded, and letters that need not be."""

import string
from typing import Final

import numpy as np
import pyarrow as pa

from sources.api_log.kernels import Column, arrow, pc
from sources.api_log.lines import joined, spread

_PERCENT: Final = ord("%")
_CODES: Final = {
    ord(first) << 8 | ord(second): int(first + second, 16)
    for first in string.hexdigits
    for second in string.hexdigits
}
_UNRESERVED: Final = string.ascii_letters + string.digits + "-._~"


def encoded_bytes(values: Column) -> frozenset[int]:
    """Tell which bytes stand percent-encoded anywhere in a column; %25 is one of them."""
    used = joined(values)
    at = np.flatnonzero(used[:-2] == _PERCENT)
    if not len(at):
        return frozenset()
    seen = np.zeros(1 << 16, np.bool_)
    seen[(used[at + 1].astype(np.uint16) << 8) | used[at + 2]] = True
    return frozenset(_CODES[pair] for pair in np.flatnonzero(seen).tolist() if pair in _CODES)


class Needless:
    """What is the same encoded or not, as RFC 3986 (2.3) says of letters, digits and ``-._~``.

    Args:
        others: more characters that shall be so.
    """

    def __init__(self, others: str = "") -> None:
        chosen = {char for char in _UNRESERVED + others.lower() + others.upper() if char < "\x80"}
        self._codes = frozenset(map(ord, chosen - {"%"}))
        self._bytes = np.zeros(1 << 16, np.uint8)
        for pair, code in _CODES.items():
            self._bytes[pair] = code if code in self._codes else 0
        codes = "|".join(f"{code:02X}" for code in sorted(self._codes))
        self._pattern = rf"(?i)%(?:25)*(?:{codes})"

    def may_stand_for(self, codes: frozenset[int]) -> bool:
        """Say whether one of these encoded bytes may be such a character, or lead to one."""
        return _PERCENT in codes or not codes.isdisjoint(self._codes)

    def rows(self, values: Column) -> Column:
        """Say which rows have such a character encoded, once or more often."""
        found = pc.match_substring_regex(values, self._pattern)
        return pc.fill_null(found, fill_value=False)

    def decode(self, values: Column) -> Column:
        """Write such characters as they are, in a column without nulls.

        >>> Needless().decode(pa.array(["%74o%256ben%3D1"])).to_pylist()
        ['token%3D1']
        """
        data, starts, ends = spread(values)
        padded = np.append(data, np.zeros(2, np.uint8))
        at = np.flatnonzero(data == _PERCENT)
        limits = ends[np.searchsorted(starts, at, side="right") - 1]
        behind = at + 1
        deeper = np.arange(len(at))
        while len(deeper):  # each %25 stands for the % of the next code
            nested = (padded[behind[deeper]] == ord("2")) & (padded[behind[deeper] + 1] == ord("5"))
            deeper = deeper[nested]
            behind[deeper] += 2
        codes = self._bytes[padded[behind].astype(np.uint16) << 8 | padded[behind + 1]]
        chosen = (codes > 0) & (behind + 2 <= limits)
        at, behind, codes = at[chosen], behind[chosen], codes[chosen]
        padded[at] = codes
        gone = np.zeros(len(padded) + 1, np.int8)
        gone[at + 1] += 1
        gone[behind + 2] -= 1
        kept = np.cumsum(gone[:-1], dtype=np.int8) == 0
        offsets = np.concatenate(([0], np.cumsum(kept)))[np.append(starts, ends[-1:])]
        return pa.Array.from_buffers(
            pa.string(),
            len(values),
            [None, arrow.py_buffer(offsets.astype(np.int32)), arrow.py_buffer(padded[kept])],
        )
