"""The fields of some rows, read as texts and numbers; what is wrong with them is noted."""

from collections.abc import Sequence
from functools import reduce
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from sources.api_log.durations import UNITS, in_unit, rounded
from sources.api_log.kernels import Column, arrow, is_text, pc
from sources.api_log.layout import Escape, Field
from sources.api_log.lines import Mask
from sources.api_log.values import holds, to_numbers, to_text

Read: TypeAlias = tuple[Column, Mask | None]
"""Numbers, and which rows hold one or nothing; ``None``: all of them."""


class Given:
    """A column a field.

    Attributes:
        rows: how many.
        fit: which rows are right; the others hold something that is not what it should be.
        faults: for each row that is not, what is wrong.
        replaced: rows in which something was no UTF-8.
        unread: roles whose numbers could not be read, in which rows, and what is wrong.
    """

    def __init__(self, fields: Sequence[Field], columns: Sequence[Column], escape: Escape) -> None:
        self._given = list(zip(fields, columns, strict=True))
        self._escape: Escape = escape
        self.rows = len(columns[0])
        self.fit: Mask = np.ones(self.rows, np.bool_)
        self.faults: dict[int, str] = {}
        self.replaced: Mask = np.zeros(self.rows, np.bool_)
        self.unread: list[tuple[str, Mask, str]] = []

    def find(self, role: str) -> list[tuple[Field, Column]]:
        """The fields of this role."""
        return [(field, column) for field, column in self._given if field.role == role]

    def text(self, role: str) -> Column:
        """The first field of this role that has a value."""
        texts = [self.read(field, column) for field, column in self.find(role)]
        if not texts:
            return pa.nulls(self.rows, pa.string())
        return texts[0] if len(texts) == 1 else pc.coalesce(*texts)

    def read(self, field: Field, column: Column) -> Column:
        """A field as texts."""
        text, replaced = to_text(column, field.escape or self._escape)
        if replaced is not None:
            self.replaced |= replaced
        return text

    def fault(self, wrong: Mask, fault: str) -> None:
        """Note rows that are not right; the first fault of a row is kept."""
        for row in np.flatnonzero(wrong & self.fit).tolist():
            self.faults[row] = fault
        self.fit &= ~wrong

    def number(self, role: str) -> Column:
        """The first field of this role that has a number, as integers."""
        return self._first([_digits(column, whole=True) for _, column in self.find(role)], role)

    def doubt(self, role: str, wrong: Mask, fault: str) -> None:
        """Note rows whose number of this role is none."""
        if wrong.any():
            self.unread.append((role, wrong, fault))

    def _first(self, read: Sequence[Read], role: str) -> Column:
        """The first number of each row; doubtful is a row that has something, and no number."""
        if not read:
            return arrow.nulls(self.rows, pa.float64() if role == "duration" else pa.int64())
        numbers = read[0][0] if len(read) == 1 else pc.coalesce(*(item for item, _ in read))
        fits = [fit for _, fit in read if fit is not None]
        if fits:
            wrong = ~np.logical_and.reduce(fits) & numbers.is_null().to_numpy(zero_copy_only=False)
            self.doubt(role, wrong, f"its {role} is no number")
        return numbers

    def duration(self) -> Column:
        """The time taken, in milliseconds."""
        whole = [_scaled(*item) for item in self.find("duration")]
        parts = [_scaled(*item) for item in self.find("duration_part")]
        if parts:
            total = reduce(pc.add, (part for part, _ in parts))
            fits = [fit for _, fit in parts if fit is not None]
            whole.append((rounded(total, 6), np.logical_and.reduce(fits) if fits else None))
        return self._first(whole, "duration")


def _scaled(field: Field, column: Column) -> Read:
    """Milliseconds; rounded to nanoseconds, so that 0.007 s are 7 ms."""
    if is_text(column) and holds(column, b"s"):  # "0.012s", "1.5ms"
        column = in_unit(column, field.form)
    (values, fit), factor = _digits(column, whole=False), UNITS[field.form]
    scaled = values if factor == 1.0 else rounded(pc.multiply(values, factor), 6)
    return scaled, fit


def _digits(column: Column, *, whole: bool) -> Read:
    """Numbers; what is below nothing stands for "none"."""
    numbers, fit = to_numbers(column, whole=whole)
    none = pa.scalar(None, numbers.type)
    return pc.if_else(pc.greater_equal(numbers, 0), numbers, none), fit
