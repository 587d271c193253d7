"""Times of fixed width as matrices of characters, read by arithmetic on whole columns."""

from typing import Final

import numpy as np
import numpy.typing as npt

from sources.api_log.kernels import Column
from sources.api_log.lines import Bytes, Mask, spread

Integers = npt.NDArray[np.int64]

_MONTHS: Final = b"JanFebMarAprMayJunJulAugSepOctNovDec"
_MONTH_CODES: Final = np.array(
    [int.from_bytes(_MONTHS[at : at + 3], "big") for at in range(0, 36, 3)], np.int64
)
_MONTH_ORDER: Final = np.argsort(_MONTH_CODES)


def window_of(values: Column, width: int) -> tuple[Bytes | None, Mask]:
    """The first bytes of each value as a matrix; ``None`` where many are of another length."""
    data, starts, ends = spread(values)
    fits = (ends - starts) == width
    if not len(starts) or not bool(fits.all()) or len(data) < width:
        return None, fits
    return np.lib.stride_tricks.sliding_window_view(data, width)[starts], fits


def number(window: Bytes, start: int, stop: int) -> Integers:
    """The number that stands in some columns, digits or not."""
    total = np.zeros(len(window), np.int64)
    for column in range(start, stop):
        total = total * 10 + window[:, column] - 48
    return total


def digits(window: Bytes, columns: tuple[int, ...]) -> Mask:
    """Whether there are digits in these columns."""
    chosen = window[:, columns] - np.uint8(48)
    plain: Mask = np.all(chosen <= 9, axis=1)
    return plain


def clf_micros(window: Bytes) -> tuple[Integers, Mask]:
    """``17/May/2015:10:05:03`` as microseconds since 1970, and where it is one."""
    code = window[:, 3].astype(np.int64) << 16 | window[:, 4].astype(np.int64) << 8 | window[:, 5]
    place = np.minimum(np.searchsorted(_MONTH_CODES[_MONTH_ORDER], code), 11)
    month = _MONTH_ORDER[place] + 1
    valid = _MONTH_CODES[month - 1] == code
    valid &= digits(window, (0, 1, 7, 8, 9, 10, 12, 13, 15, 16, 18, 19))
    for at, byte in ((2, b"/"), (6, b"/"), (11, b":"), (14, b":"), (17, b":")):
        valid &= window[:, at] == byte[0]
    return moment(window, month, (7, 0, 12, 15, 18), valid)


def moment(
    window: Bytes, month: Integers, at: tuple[int, ...], valid: Mask
) -> tuple[Integers, Mask]:
    """Put year, day and time of day, which begin ``at`` these columns, together."""
    year, day = number(window, at[0], at[0] + 4), number(window, at[1], at[1] + 2)
    hour, minute, second = (number(window, start, start + 2) for start in at[2:])
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    month = np.clip(month, 1, 12)
    longest = _LENGTHS[month] + (leap & (month == 2))
    valid = valid & (day >= 1) & (day <= longest) & (hour < 24) & (minute < 60) & (second <= 60)
    valid &= year >= 1
    seconds = _days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    return seconds * 1_000_000, valid


_LENGTHS: Final = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)
_BEFORE: Final = np.concatenate(([0, 0], np.cumsum(_LENGTHS[1:-1])))


def _days(year: Integers, month: Integers, day: Integers) -> Integers:
    """Days since 1970 of dates in the Gregorian calendar."""
    last = np.where(month > 2, year, year - 1)  # leap days that have been
    leaps = last // 4 - last // 100 + last // 400
    total: Integers = (year - 1970) * 365 + leaps - 477 + _BEFORE[month] + day - 1
    return total
