"""Moments of many lines, and how they are read where only one at a time will do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.api_log.kernels import Column, pc
from sources.api_log.lines import Mask

Micros = npt.NDArray[np.int64]

NO_OFFSET: Final = -32_768
"""Stands for "no zone is named" among offsets from UTC in minutes: the time is a local one."""

NO_CLOCK: Final = 32_767
"""Stands for "UTC, and nothing is known of a local clock": numbers since 1970."""

COUNTED: Final = timezone(timedelta(0), "since 1970")
"""UTC of a number, which says nothing of a local clock."""

_EARLIEST: Final = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Moments read from a column.

    Attributes:
        micros: microseconds since 1970; of UTC where ``offsets`` has a value, else local.
        offsets: minutes from UTC, or :data:`NO_OFFSET` where the text names no zone.
        valid: where there was a time to be read.
    """

    micros: Micros
    offsets: npt.NDArray[np.int32]
    valid: Mask

    def filled(self, other: "Times") -> "Times":
        """Other moments in the place of those that could not be read."""
        return Times(
            micros=np.where(self.valid, self.micros, other.micros),
            offsets=np.where(self.valid, self.offsets, other.offsets),
            valid=self.valid | other.valid,
        )

    def repeated(self, counts: npt.NDArray[np.int64]) -> "Times":
        """Each moment so many times."""
        return Times(
            micros=np.repeat(self.micros, counts),
            offsets=np.repeat(self.offsets, counts),
            valid=np.repeat(self.valid, counts),
        )


def no_times(rows: int) -> Times:
    """Nothing that can be read."""
    nothing = np.zeros(rows, np.int64)
    return Times(micros=nothing, offsets=nothing.astype(np.int32), valid=nothing.astype(np.bool_))


def read_by_value(values: Column, reader: Callable[[str], datetime]) -> Times:
    """Read each distinct value by itself: times repeat."""
    encoded = values.cast(pa.binary()).dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    known = [_by_reader(value, reader) for value in distinct]
    known.append((0, NO_OFFSET, False))
    codes = pc.fill_null(encoded.indices, len(distinct)).to_numpy(zero_copy_only=False)
    micros = np.array([item[0] for item in known], np.int64)[codes]
    offsets = np.array([item[1] for item in known], np.int32)[codes]
    return Times(micros=micros, offsets=offsets, valid=np.array([i[2] for i in known])[codes])


def _by_reader(value: bytes, reader: Callable[[str], datetime]) -> tuple[int, int, bool]:
    try:
        moment = reader(value.decode("utf-8", "replace").strip())
    except (ValueError, OverflowError):
        return 0, NO_OFFSET, False
    offset = moment.utcoffset()
    aware = moment.replace(tzinfo=UTC) if offset is None else moment
    if not _EARLIEST <= aware.replace(tzinfo=UTC) < datetime(9999, 12, 30, tzinfo=UTC):
        return 0, NO_OFFSET, False
    micros = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    if moment.tzinfo is COUNTED:
        return micros, NO_CLOCK, True
    return micros, NO_OFFSET if offset is None else int(offset.total_seconds() // 60), True
