"""The fields of some rows, read as texts and numbers; what is wrong with them is noted."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sources.api_log.durations import UNITS, in_unit
from sources.api_log.kernels import Column, arrow, pc
from sources.api_log.layout import Escape, Field
from sources.api_log.lines import Mask
from sources.api_log.values import holds, to_numbers, to_text


class Given:
    """A column a field.

    Attributes:
        rows: how many.
        fit: which rows are right; the others hold something that is not what it should be.
        faults: for each row that is not, what is wrong.
        replaced: rows in which something was no UTF-8.
    """

    def __init__(self, fields: Sequence[Field], columns: Sequence[Column], escape: Escape) -> None:
        self._given = list(zip(fields, columns, strict=True))
        self._escape: Escape = escape
        self.rows = len(columns[0])
        self.fit: Mask = np.ones(self.rows, np.bool_)
        self.faults: dict[int, str] = {}
        self.replaced: Mask = np.zeros(self.rows, np.bool_)

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
        own = field.form if field.form in ("percent", "plus") else self._escape
        text, replaced = to_text(column, own)  # type: ignore[arg-type]
        if replaced is not None:
            self.replaced |= replaced
        return text

    def fault(self, wrong: Mask, fault: str) -> None:
        """Note rows that are not right; the first fault of a row is kept."""
        for row in np.flatnonzero(wrong & self.fit).tolist():
            self.faults[row] = fault
        self.fit &= ~wrong

    def number(self, role: str) -> Column:
        """The first field of this role that has a value, as integers."""
        return self._first(
            [self._digits(*item, whole=True) for item in self.find(role)], pa.int64()
        )

    def _digits(self, field: Field, column: Column, *, whole: bool) -> Column:
        """Numbers; what is below nothing stands for "none"."""
        numbers, fit = to_numbers(column, whole=whole)
        if fit is not None:
            self.fault(~fit, f"its {field.label} is no number")
        return pc.if_else(pc.greater_equal(numbers, 0), numbers, pa.scalar(None, numbers.type))

    def _first(self, columns: Sequence[Column], kind: pa.DataType) -> Column:
        if not columns:
            return arrow.nulls(self.rows, kind)
        return columns[0] if len(columns) == 1 else pc.coalesce(*columns)

    def duration(self) -> Column:
        """The time taken, in milliseconds."""
        whole = [self._scaled(*item) for item in self.find("duration")]
        parts = [self._scaled(*item) for item in self.find("duration_part")]
        if parts:
            total = parts[0]
            for part in parts[1:]:
                total = pc.add(total, part)
            whole.append(pc.round(total, ndigits=6))
        return self._first(whole, pa.float64())

    def _scaled(self, field: Field, column: Column) -> Column:
        """Milliseconds; rounded to nanoseconds, so that 0.007 s are 7 ms."""
        if _is_text(column) and holds(column, b"s"):  # "0.012s", "1.5ms"
            column = in_unit(column, field.form)
        values, factor = self._digits(field, column, whole=False), UNITS[field.form]
        return values if factor == 1.0 else pc.round(pc.multiply(values, factor), ndigits=6)


def _is_text(values: Column) -> bool:
    return pa.types.is_binary(values.type) or pa.types.is_string(values.type)
