"""Local times without a zone: which moment they mean, decided by their place in the file."""

from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from sources.api_log.moments import Micros

_MINUTE: Final = 60_000_000
_STEP: Final = 15 * _MINUTE
"""Zones change their offset at whole quarters of an hour."""

_BACK: Final = 30 * _MINUTE
"""A log steps back by less than this when requests end out of order, by more when clocks do."""


class Zone:
    """One zone, and how far a file has come in it.

    In the hour that exists twice when summer ends, lines belong to the first time round until the
    clock steps back by more than half an hour or the hour is over, and to the second from there on.
    """

    def __init__(self, zone: ZoneInfo, state: dict[str, Any] | None = None) -> None:
        self._zone = zone
        known = state or {}
        self._latest: int = known.get("latest", -(2**62))
        self._again: bool = known.get("again", False)
        self._plain: bool = known.get("plain", True)

    @property
    def state(self) -> dict[str, Any]:
        """How far the file has come, JSON-able."""
        return {"latest": self._latest, "again": self._again, "plain": self._plain}

    def to_utc(self, local: Micros) -> tuple[Micros, npt.NDArray[np.int32]]:
        """Turn local microseconds, in the order of their lines, into UTC and minutes from it."""
        first, second = self._offsets(local)
        twice = first > second
        chosen = first.copy()
        if bool(twice.any()):
            again = [
                self._step(moment, ambiguous=ambiguous)
                for moment, ambiguous in zip(local.tolist(), twice.tolist(), strict=True)
            ]
            chosen = np.where(again, second, first)
        elif len(local):
            self._step(int(local.max()), ambiguous=False)
        return local - chosen.astype(np.int64) * _MINUTE, chosen

    def _step(self, moment: int, *, ambiguous: bool) -> bool:
        """Go on to the next line; whether it stands in the second time round."""
        if ambiguous and (moment < self._latest - _BACK or (self._plain and moment < self._latest)):
            self._again = True
        if moment > self._latest:
            self._again = self._again and ambiguous
            self._latest, self._plain = moment, not ambiguous
        return ambiguous and self._again

    def _offsets(self, local: Micros) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Minutes from UTC of each time, the first and the second time round."""
        quarters, codes = np.unique(local // _STEP, return_inverse=True)
        known = [[self._offset(int(quarter), fold) for quarter in quarters] for fold in (0, 1)]
        table = np.array(known, np.int32).reshape(2, -1)
        return table[0][codes], table[1][codes]

    def _offset(self, quarter: int, fold: int) -> int:
        seconds = quarter * _STEP // 1_000_000
        wall = (np.datetime64(0, "s") + np.timedelta64(seconds, "s")).item()
        offset = wall.replace(tzinfo=self._zone, fold=fold).utcoffset()
        return int(offset.total_seconds() // 60) if offset else 0
