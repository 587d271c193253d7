"""Local times of fixed width, as frameworks and Windows write them, read as whole columns."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
import pyarrow as pa

from sources.api_log.calendar import Integers, clf_micros, digits, moment, number, window_of
from sources.api_log.kernels import Column, pc
from sources.api_log.lines import Bytes, Mask
from sources.api_log.moments import NO_OFFSET, Times, no_times, read_by_value

_PYTHON: Final = ("%d/%b/%Y %H:%M:%S",)
_GIN: Final = ("%Y/%m/%d - %H:%M:%S",)
_GIN_MARKS: Final = {4: "/", 7: "/", 10: " ", 11: "-", 12: " ", 15: ":", 18: ":"}
_WINDOWS: Final = tuple(
    f"{day} %H:%M:%S"
    for day in ("%m/%d/%Y", "%m/%d/%y", "%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d", "%Y/%m/%d")
)
_WINDOWS_DAYS: Final = (
    ((6, 0, 3), {2: "/", 5: "/"}),
    ((6, 3, 0), {2: ".", 5: "."}),
    ((0, 5, 8), {4: "-", 7: "-"}),
    ((0, 5, 8), {4: "/", 7: "/"}),
)
"""Where year, month and day begin, and what parts them."""
_DECEMBER: Final = 12
_WINDOWS_CLOCK: Final = {10: " ", 13: ":", 16: ":"}


def read_python(values: Column) -> Times:
    """``01/Jul/2026 12:00:00``, as Python's servers write it."""
    window, _ = window_of(values, 20)
    if window is None:
        return _by_value(values, _PYTHON)
    blank = window[:, 11] == ord(" ")
    colon = window.copy()
    colon[:, 11] = ord(":")
    micros, valid = clf_micros(colon)
    return _with_others(values, _times(micros, valid & blank), _PYTHON)


def read_gin(values: Column) -> Times:
    """``2026/07/01 - 12:00:00``."""
    window, _ = window_of(values, 21)
    if window is None:
        return _by_value(values, _GIN)
    return _with_others(values, _fixed(window, (0, 5, 8), 13, _GIN_MARKS), _GIN)


def read_windows(values: Column) -> Times:
    """A day as some locale of Windows shows it, and the time of day: ``7/1/2026 7:05:00``.

    Where a slash parts its numbers the month comes first, as in Microsoft's own examples.
    """
    text = values.cast(pa.binary()).cast(pa.string(), safe=False)
    window, _ = window_of(pc.replace_substring_regex(text, r"\b([0-9])\b", r"0\1"), 19)
    times = no_times(len(values))
    if window is not None:
        for begins, marks in _WINDOWS_DAYS:
            times = times.filled(_fixed(window, begins, 11, marks | _WINDOWS_CLOCK))
    return _with_others(values, times, _WINDOWS)


def _fixed(
    window: Bytes, begins: tuple[int, int, int], clock: int, marks: Mapping[int, str]
) -> Times:
    """Times of digits at places that are all known: year, month and day, and the time of day."""
    valid = digits(window, tuple(at for at in range(window.shape[1]) if at not in marks))
    for at, mark in marks.items():
        valid &= window[:, at] == ord(mark)
    year, month, day = begins
    months = number(window, month, month + 2)
    valid &= (months >= 1) & (months <= _DECEMBER)
    return _times(*moment(window, months, (year, day, clock, clock + 3, clock + 6), valid))


def _times(micros: Integers, valid: Mask) -> Times:
    return Times(micros=micros, offsets=np.full(len(micros), NO_OFFSET, np.int32), valid=valid)


def _with_others(values: Column, times: Times, forms: Sequence[str]) -> Times:
    """The times, and those of another width one by one."""
    if bool(times.valid.all()):
        return times
    none = pa.scalar(None, values.type)
    return times.filled(_by_value(pc.if_else(pa.array(times.valid), none, values), forms))


def _by_value(values: Column, forms: Sequence[str]) -> Times:
    return read_by_value(values, lambda text: _value(text, forms))


def _value(text: str, forms: Sequence[str]) -> datetime:
    for form in forms:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).replace(tzinfo=None)
        except ValueError:
            continue
    raise ValueError(text)
