"""Where fixed text stands in the lines of one piece, found for all of them at once."""

from typing import Final

import numpy as np

from sources.api_log.lines import PAD, Bytes, Lines, Mask, Positions

QUOTE: Final = 34
_BACKSLASH: Final = 92
_COMMON: Final = frozenset(b" -./:,=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_NEAR: Final = 16
"""Bytes in which the end of a short field is looked for, one after the other."""
_FEW: Final = 8
"""Of so many lines one may have a longer field than the others, to be looked at by itself."""


class _Places:
    """Where a byte stands, and what stands beside it there; each is looked at once."""

    def __init__(self, data: Bytes, at: Positions) -> None:
        self._data = data
        self._beside: dict[int, Bytes] = {}
        self.at = at

    def next_to(self, byte: int, step: int) -> Mask:
        """Which of them have another byte so many steps behind them, or before them."""
        if step not in self._beside:
            self._beside[step] = self._data[self.at + step]
        mask: Mask = self._beside[step] == byte
        return mask


class Landmarks:
    """Where pieces of fixed text stand in the bytes of one piece; each is looked for once."""

    def __init__(self, lines: Lines) -> None:
        self._data = lines.data
        self._size = lines.size
        self._found: dict[tuple[bytes, bool], Positions] = {}
        self._bytes: dict[tuple[int, bool], _Places] = {}

    def of(self, text: bytes, *, protected: bool) -> Positions:
        """Positions of ``text``, and one behind the end of the piece.

        Args:
            text: what to look for.
            protected: whether it begins with a quote that a backslash before it takes away.
        """
        key = (text, protected)
        if key not in self._found:
            anchor = 0 if protected else _rarest(text)
            places = self._of_byte(text[anchor], protected=protected)
            found = places.at
            if len(text) > PAD:  # at a place near an end of the data it cannot be
                last = len(self._data) - (len(text) - anchor)
                found = found[(found >= anchor) & (found <= last)]
            for step, byte in enumerate(text):
                if step == anchor:
                    continue
                if found is places.at:
                    found = found[places.next_to(byte, step - anchor)]
                else:
                    found = found[self._data[found + (step - anchor)] == byte]
            found = found - anchor if anchor else found
            self._found[key] = np.append(found, self._size + 1)
        return self._found[key]

    def _of_byte(self, byte: int, *, protected: bool) -> _Places:
        key = (byte, protected)
        if key not in self._bytes:
            if protected:
                places = self._of_byte(byte, protected=False)
                escaped = self._escaped(places.at)
                if escaped.any():
                    places = _Places(self._data, places.at[~escaped])
            else:
                places = _Places(self._data, np.flatnonzero(self._data[: self._size] == byte))
            self._bytes[key] = places
        return self._bytes[key]

    def _escaped(self, quotes: Positions) -> Mask:
        """Which quotes have an odd number of backslashes before them."""
        hits = self._data[: self._size] == _BACKSLASH
        if not hits.any():
            return np.zeros(len(quotes), np.bool_)
        slashes = np.flatnonzero(hits)
        place = np.searchsorted(slashes, quotes) - 1
        last = slashes[np.maximum(place, 0)]
        # Where the run of backslashes that each one belongs to begins.
        begins = np.concatenate(([True], np.diff(slashes) > 1))
        first = np.maximum.accumulate(np.where(begins, slashes, 0))[np.maximum(place, 0)]
        escaped: Mask = (place >= 0) & (last == quotes - 1) & ((last - first) % 2 == 0)
        return escaped


def _rarest(text: bytes) -> int:
    """The byte of ``text`` that most likely stands seldom elsewhere; quotes are found anyway."""
    if QUOTE in text:
        return text.index(QUOTE)
    return next((step for step, byte in enumerate(text) if byte not in _COMMON), 0)


def near_places(lines: Lines, text: bytes, at: Positions) -> Positions | None:
    """Where ``text`` stands first, from each position on; ``None``: not so near everywhere.

    Quotes are looked for in all the bytes anyway.
    """
    data = lines.data
    if QUOTE in text or int(at.max(initial=0)) + _NEAR + len(text) > len(data):
        return None
    waiting = np.ones(len(at), np.bool_)
    steps = np.zeros(len(at), np.uint8)
    for step in range(_NEAR):
        here = data[step:][at] == text[0]
        for more, byte in enumerate(text[1:], start=step + 1):
            here &= data[more:][at] == byte
        waiting &= ~here
        left = int(np.count_nonzero(waiting))
        if not left:
            return at + steps
        steps += waiting
        if left * _FEW < len(at):
            rows = np.flatnonzero(waiting)
            further = near_places(lines, text, at[rows] + (step + 1))
            if further is None:
                return None
            ends = at + steps
            ends[rows] = further
            return ends
    return None
