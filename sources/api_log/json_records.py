"""JSON objects that stand in lines: read in columns where they are alike, else one by one."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from sources.api_log.kernels import Column, arrow, pc
from sources.api_log.lines import Lines, Mask, Positions, gather

NO_JSON: Final = "no JSON object"

_NEWLINE: Final = 10
_BACKSLASH: Final = 92
_SMALL: Final = 32  # the bit that tells small letters from capital ones
_FEW: Final = 64
_EXACT: Final = float(1 << 53)
"""Up to here every whole number is a floating one too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows that were read together.

    Attributes:
        rows: the rows, strange ones included.
        columns: a column a path, without the strange rows.
        strange: rows that are no JSON object, and why.
    """

    rows: Positions
    columns: list[Column]
    strange: dict[int, str] = field(default_factory=dict)

    @property
    def found(self) -> Positions:
        """The rows that ``columns`` are of."""
        return np.setdiff1d(self.rows, np.array(list(self.strange), np.int64))


class Records(ABC):
    """The objects in some lines, an object a line; its kinds say what stands where in them."""

    def __init__(self, lines: Lines, begins: Positions) -> None:
        """Take lines, and where the object begins in each."""
        self._lines = lines
        self._begins = begins

    @abstractmethod
    def read_together(self, rows: Positions) -> list[Column] | None:
        """Read rows in columns, one a path; ``None`` where one of them does not fit."""

    @abstractmethod
    def read_one(self, row: int) -> list[bytes | float | None] | None:
        """Read one row, a value a path; ``None`` where it is no object."""

    def groups(self, rows: Positions) -> Iterator[Group]:
        """Give rows that Arrow reads together, and all others, one by one."""
        odd = _surrogates(self._lines)[rows]  # Arrow makes nothing of them
        read: list[tuple[Positions, list[Column]]] = []
        left = [rows[odd]]
        self._divide(rows[~odd], read, left)
        yield from _joined(read)
        others = np.sort(np.concatenate(left))
        if len(others):
            yield from self._one_by_one(others)

    def raw(self, row: int) -> bytes:
        """The bytes of the object, and what stands behind it."""
        return self._lines.data[self._begins[row] : self._lines.ends[row]].tobytes()

    def load(self, rows: Positions, schema: pa.Schema) -> pa.Table | None:
        """Let Arrow read rows, as far as the schema names their members; ``None``: it cannot."""
        data = self._lines.data.copy()
        ends = self._lines.ends[rows]
        data[ends] = _NEWLINE  # it may be a carriage return
        block = gather(data, self._begins[rows], ends + 1).buffers()[2]
        try:
            table = pj.read_json(
                arrow.BufferReader(block),
                read_options=pj.ReadOptions(use_threads=False, block_size=block.size + 1),
                parse_options=pj.ParseOptions(
                    explicit_schema=schema, unexpected_field_behavior="ignore"
                ),
            )
        except pa.ArrowException:
            return None
        return table if table.num_rows == len(rows) else None

    def _divide(
        self,
        rows: Positions,
        read: list[tuple[Positions, list[Column]]],
        left: list[Positions],
    ) -> None:
        """Read rows together if Arrow can, else halves of them; the last few are left."""
        columns = self.read_together(rows) if len(rows) else None
        if columns is not None and not any(map(_is_rounded, columns)):
            read.append((rows, columns))
        elif len(rows) <= _FEW:
            left.append(rows)
        else:
            middle = len(rows) // 2
            self._divide(rows[:middle], read, left)
            self._divide(rows[middle:], read, left)

    def _one_by_one(self, rows: Positions) -> Iterator[Group]:
        """Read rows by themselves; fractions stay numbers, as in a column that Arrow reads."""
        strange: dict[int, str] = {}
        alike: dict[tuple[bool, ...], list[tuple[int, list[bytes | float | None]]]] = {}
        for row in rows.tolist():
            values = self.read_one(row)
            if values is None:
                strange[row] = NO_JSON
            else:
                key = tuple(isinstance(value, float) for value in values)
                alike.setdefault(key, []).append((row, values))
        if strange:
            yield Group(rows=np.array(list(strange), np.int64), columns=[], strange=strange)
        for key, members in alike.items():
            places = zip(key, zip(*(values for _, values in members), strict=True), strict=True)
            columns: list[Column] = [
                pa.array(place, pa.float64() if number else pa.binary()) for number, place in places
            ]
            yield Group(rows=np.array([row for row, _ in members], np.int64), columns=columns)


def _is_rounded(column: Column) -> bool:
    """Whether fractions in a column may have cost a whole number in it its last digits."""
    if not pa.types.is_floating(column.type):
        return False
    largest = pc.max(pc.abs(column)).as_py()
    return largest is not None and largest >= _EXACT


def _joined(read: list[tuple[Positions, list[Column]]]) -> Iterator[Group]:
    """Make one group of several, where the columns are of the same types in all of them."""
    if len({tuple(column.type for column in columns) for _, columns in read}) == 1:
        columns = [pa.concat_arrays(parts) for parts in zip(*(c for _, c in read), strict=True)]
        yield Group(rows=np.concatenate([rows for rows, _ in read]), columns=columns)
    else:
        yield from (Group(rows=rows, columns=columns) for rows, columns in read)


def first_items(column: Column) -> Column:
    """The first item of each list; null where there is none."""
    offsets = column.offsets.to_numpy()
    filled = (offsets[1:] > offsets[:-1]) & column.is_valid().to_numpy(zero_copy_only=False)
    return column.values.take(pa.array(offsets[:-1], mask=~filled))


def _surrogates(lines: Lines) -> Mask:
    r"""Which lines hold an escape like ``\ud83d``, half of a pair or alone."""
    found = np.flatnonzero(lines.data[: lines.size] == _BACKSLASH)
    letter = lines.data[found + 2] | _SMALL
    found = found[(lines.data[found + 1] == ord("u")) & (letter == ord("d"))]
    held: Mask = np.zeros(len(lines), np.bool_)
    if len(found):
        row: Any = np.searchsorted(lines.starts, found, side="right") - 1
        held[row[row >= 0]] = True
    return held
