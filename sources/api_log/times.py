"""Times of many lines at once, in the forms that servers write them."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.api_log.calendar import clf_micros, digits, moment, number, window_of
from sources.api_log.kernels import Column, is_text, pc
from sources.api_log.lines import Bytes, Mask
from sources.api_log.local_times import read_gin, read_python, read_windows
from sources.api_log.moments import COUNTED, NO_CLOCK, NO_OFFSET, Times, read_by_value

_SECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND

_LOOKED_AT: Final = 100
"""Values among which the first one is that tells their form."""


def read_times(values: Column, form: str) -> Times:
    """Read a column of texts, or of numbers since 1970.

    Args:
        values: texts, binary or not; numbers for the form ``epoch``.
        form: the name of one of the readers, such as ``iso``, or ``any`` (told by its looks), or as
            for :meth:`datetime.datetime.strptime`.
    """
    reader = _READERS.get(form)
    if reader is None:
        return read_by_value(values, lambda text: _strptime(text, form))
    if not is_text(values):
        return reader(values)
    runs = pc.run_end_encode(values)
    if 2 * len(runs.values) > len(values):
        return reader(values)
    ends = runs.run_ends.to_numpy()
    return reader(runs.values).repeated(np.diff(ends, prepend=0))  # a second has many lines


def _read_clf(values: Column) -> Times:
    """``17/May/2015:10:05:03 +0000``; others, such as those with a fraction, one by one."""
    window, fits = window_of(values, 26)
    if window is None:
        return read_by_value(values, _clf_value)
    micros, valid = clf_micros(window)
    sign = window[:, 21]
    hours, minutes = number(window, 22, 24), number(window, 24, 26)
    valid &= fits & ((sign == ord("+")) | (sign == ord("-"))) & digits(window, (22, 23, 24, 25))
    valid &= (window[:, 20] == ord(" ")) & (hours <= 15) & (minutes < 60)
    offsets = np.where(sign == ord("-"), -1, 1) * (hours * 60 + minutes)
    times = Times(micros=micros - offsets * _MINUTE, offsets=offsets.astype(np.int32), valid=valid)
    return times if bool(valid.all()) else times.filled(_other_clf(values, valid))


def _other_clf(values: Column, read: Mask) -> Times:
    none = pa.scalar(None, values.type)
    return read_by_value(pc.if_else(pa.array(read), none, values), _clf_value)


def _read_haproxy(values: Column) -> Times:
    """``25/Feb/2019:16:19:48.143``, local; the fraction may be missing."""
    window, fits = window_of(values, 24)
    if window is None:
        return read_by_value(values, _haproxy_value)
    micros, valid = clf_micros(window)
    valid &= fits & (window[:, 20] == ord(".")) & digits(window, (21, 22, 23))
    micros = micros + number(window, 21, 24) * 1000
    return Times(micros=micros, offsets=np.full(len(micros), NO_OFFSET, np.int32), valid=valid)


def _strptime(text: str, form: str) -> datetime:
    """A time with the zone that the text names; without one it is a local time."""
    wall = datetime.strptime(text, form).replace(tzinfo=UTC)
    seconds: int | None = time.strptime(text, form).tm_gmtoff
    return wall.replace(tzinfo=None if seconds is None else timezone(timedelta(seconds=seconds)))


def _haproxy_value(text: str) -> datetime:
    form = "%d/%b/%Y:%H:%M:%S" + (".%f" if "." in text else "")
    return _strptime(text, form)


def _read_iso(values: Column) -> Times:
    """ISO 8601, with or without a fraction and a zone; a comma may stand for the point."""
    window, fits = window_of(values, 20)
    if window is not None and bool(fits.all()):
        times = _iso_seconds(window)
        if bool(times.valid.all()):
            return times
    text = values.cast(pa.binary()).cast(pa.string(), safe=False) if len(values) else values
    zoned = pc.match_substring_regex(text, r"(?:Z|[+-]\d\d:?\d\d)$")
    try:
        if bool(pc.all(zoned).as_py()):
            moments = text.cast(pa.timestamp("ns", tz="UTC"))
            return _zoned(moments, text)
        if not bool(pc.any(zoned).as_py()):
            return _local(text.cast(pa.timestamp("ns")))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        pass
    return read_by_value(values, _iso_value)


def _read_utc(values: Column) -> Times:
    """ISO 8601 without a zone that means UTC all the same."""
    times = _read_iso(values)
    offsets = np.where(times.offsets == NO_OFFSET, NO_CLOCK, times.offsets).astype(np.int32)
    return Times(micros=times.micros, offsets=offsets, valid=times.valid)


def _iso_seconds(window: Bytes) -> Times:
    """``2015-01-13T00:32:17Z`` and nothing else."""
    valid = digits(window, (0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18))
    for at, byte in ((4, b"-"), (7, b"-"), (13, b":"), (16, b":"), (19, b"Z")):
        valid &= window[:, at] == byte[0]
    month = number(window, 5, 7)
    valid &= (month >= 1) & (month <= 12)
    micros, valid = moment(window, month, (0, 8, 11, 14, 17), valid)
    return Times(micros=micros, offsets=np.zeros(len(micros), np.int32), valid=valid)


def _zoned(moments: Column, text: Column) -> Times:
    micros, valid = _numbers(pc.floor_temporal(moments, unit="microsecond").cast(pa.int64()))
    parts = pc.extract_regex(text, r"(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)$")
    hours, _ = _numbers(pc.struct_field(parts, "hours").cast(pa.int64()))
    minutes, _ = _numbers(pc.struct_field(parts, "minutes").cast(pa.int64()))
    sign = np.where(
        pc.fill_null(pc.equal(pc.struct_field(parts, "sign"), "-"), fill_value=False).to_numpy(
            zero_copy_only=False
        ),
        -1,
        1,
    )
    return Times(
        micros=micros // 1000, offsets=(sign * (hours * 60 + minutes)).astype(np.int32), valid=valid
    )


def _local(moments: Column) -> Times:
    micros, valid = _numbers(moments.cast(pa.int64()))
    return Times(
        micros=micros // 1000, offsets=np.full(len(micros), NO_OFFSET, np.int32), valid=valid
    )


def _iso_value(text: str) -> datetime:
    return datetime.fromisoformat(text.replace(",", "."))


def _read_epoch(values: Column) -> Times:
    """Seconds, or by their size milli-, micro- or nanoseconds, since 1970 UTC."""
    kept = values
    if is_text(values):
        text = values.cast(pa.binary()).cast(pa.string(), safe=False)
        text = pc.utf8_trim_whitespace(text)
        plain = pc.match_substring_regex(text, r"^[0-9]{1,19}(?:\.[0-9]+)?$")
        text = pc.if_else(plain, text, pa.scalar(None, pa.string()))
        dotted = pc.match_substring(text, ".")
        if bool(pc.any(dotted).as_py()) and not bool(pc.all(dotted).as_py()):
            none = pa.scalar(None, pa.string())  # a fraction would round the whole numbers
            whole = _read_epoch(pc.if_else(dotted, none, text))
            return whole.filled(_read_epoch(pc.if_else(dotted, text, none)))
        kept = text.cast(pa.float64() if bool(pc.any(dotted).as_py()) else pa.uint64())
    numbers, valid = _numbers(kept)
    valid = valid & (numbers >= 0)
    micros = np.zeros(len(numbers), np.int64)
    rows = np.flatnonzero(valid)
    for row_mask, factor in _scales(numbers[rows]):
        chosen = rows[row_mask]
        amounts = numbers[chosen]
        if factor >= 1:
            micros[chosen] = (
                amounts.astype(np.int64) * int(factor)
                if amounts.dtype.kind in "iu"
                else np.rint(amounts * factor).astype(np.int64)
            )
        else:
            micros[chosen] = (amounts // 1000).astype(np.int64)
    return Times(micros=micros, offsets=np.full(len(micros), NO_CLOCK, np.int32), valid=valid)


def _scales(numbers: npt.NDArray[Any]) -> list[tuple[Mask, float]]:
    """Which numbers count in what, as microseconds of one of them."""
    bounds = ((0.0, 1e11, 1e6), (1e11, 1e14, 1e3), (1e14, 1e17, 1.0), (1e17, 1e20, 1e-3))
    return [
        (mask, factor)
        for low, high, factor in bounds
        if bool((mask := (numbers >= low) & (numbers < high)).any())
    ]


def _read_any(values: Column) -> Times:
    """Tell the form by the first value's looks; several forms in one column are read one by one."""
    if not is_text(values):
        return _read_epoch(values)
    held = values.drop_null() if values.null_count else values
    some = held.slice(0, _LOOKED_AT).cast(pa.binary()).to_pylist()  # a text may be no UTF-8
    text = next((value for value in some if value), b"").decode("utf-8", "replace")
    for form in ("epoch", "clf", "iso"):
        try:
            _VALUES[form](text)
        except ValueError:
            continue
        times = _READERS[form](values)
        read = times.valid | values.is_null().to_numpy(zero_copy_only=False)
        return times if bool(read.all()) else read_by_value(values, _any_value)
    return read_by_value(values, _any_value)


def _any_value(text: str) -> datetime:
    for reader in _VALUES.values():
        try:
            return reader(text)
        except ValueError:
            continue
    raise ValueError(text)


def _wall_value(text: str) -> datetime:
    """``2006/01/02 15:04:05.000``, as Go's own logs have it."""
    return _strptime(text, "%Y/%m/%d %H:%M:%S" + (".%f" if "." in text else ""))


def _epoch_value(text: str) -> datetime:
    times = _read_epoch(pa.array([text]))
    if not times.valid[0]:
        raise ValueError(text)
    return datetime(1970, 1, 1, tzinfo=COUNTED) + timedelta(microseconds=int(times.micros[0]))


def _clf_value(text: str) -> datetime:
    """As Apache writes it, which puts it in brackets."""
    bare = text.removeprefix("[").removesuffix("]")
    return datetime.strptime(bare, f"%d/%b/%Y:%H:%M:%S{'.%f' if '.' in bare else ''} %z")


def _numbers(values: Column) -> tuple[npt.NDArray[np.int64], Mask]:
    valid = values.is_valid().to_numpy(zero_copy_only=False)
    return pc.fill_null(values, 0).to_numpy(zero_copy_only=False), valid


_READERS: Final[dict[str, Callable[[Column], Times]]] = {
    "clf": _read_clf,
    "haproxy": _read_haproxy,
    "iso": _read_iso,
    "local": _read_iso,
    "utc": _read_utc,
    "epoch": _read_epoch,
    "any": _read_any,
    "gin": read_gin,
    "python": read_python,
    "windows %H:%M:%S": read_windows,
}
_VALUES: Final[dict[str, Callable[[str], datetime]]] = {
    "epoch": _epoch_value,
    "iso": _iso_value,
    "clf": _clf_value,
    "wall": _wall_value,
}
