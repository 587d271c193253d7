"""Percent-encoding in columns: which bytes are encoded, and letters that need not be."""

import re
import string
from typing import Final

import numpy as np

from sources.api_log.kernels import Column, pc
from sources.api_log.lines import joined

_PERCENT: Final = ord("%")
_CODES: Final = {
    ord(first) << 8 | ord(second): int(first + second, 16)
    for first in string.hexdigits
    for second in string.hexdigits
}
_ENCODED: Final = re.compile(r"%(?:25)*([0-9A-Fa-f]{2})")
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
        codes = "|".join(f"{code:02X}" for code in sorted(self._codes))
        self._pattern = rf"(?i)%(?:25)*(?:{codes})"

    def may_stand_for(self, codes: frozenset[int]) -> bool:
        """Say whether one of these encoded bytes may be such a character, or lead to one."""
        return _PERCENT in codes or not codes.isdisjoint(self._codes)

    def rows(self, values: Column) -> Column:
        """Say which rows have such a character encoded, once or more often."""
        found = pc.match_substring_regex(values, self._pattern)
        return pc.fill_null(found, fill_value=False)

    def decode(self, text: str) -> str:
        """Write such characters as they are.

        >>> Needless().decode("%74o%256ben%3D1")
        'token%3D1'
        """
        return _ENCODED.sub(self._decoded, text)

    def _decoded(self, found: re.Match[str]) -> str:
        code = int(found[1], 16)
        return chr(code) if code in self._codes else found[0]
