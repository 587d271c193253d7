"""JSON objects that name their members: what they look like is told from the first of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from sources.api_log.json_format import Path, look_up
from sources.api_log.json_mending import load_object
from sources.api_log.json_records import Records, first_items
from sources.api_log.json_values import plain_value
from sources.api_log.kernels import Column, pc
from sources.api_log.lines import Lines, Positions

_SAMPLE: Final = 500


class NamedRecords(Records):
    """Objects whose members stand under their names, maybe in objects of their own."""

    def __init__(
        self,
        lines: Lines,
        begins: Positions,
        rows: Positions,
        paths: Sequence[Path],
        always: Collection[Path] = (),
    ) -> None:
        """Look at some of ``rows`` to tell where the paths lead, and to what.

        Args:
            lines: the lines.
            begins: where the object begins in each.
            rows: those that have one.
            paths: what is looked for.
            always: of these the ones that are looked for though none of the rows seen has them.
        """
        super().__init__(lines, begins)
        self._paths = paths
        step = max(1, len(rows) // _SAMPLE)
        loaded = [load_object(self.raw(row)) for row in rows[::step][:_SAMPLE].tolist()]
        records = [record for record in loaded if record is not None]
        held = {name for record in records for name in record}
        self._places = [
            (_place(records, path) if len(path) > 1 or path[0] in held else None)
            or ((path, pa.string()) if path in always else None)
            for path in paths
        ]
        kinds: dict[str, Any] = {}
        self._known = bool(records)
        for place in self._places:
            if place is not None:
                self._known &= _put(kinds, place[0], place[1])
        self._schema = pa.schema(list(_struct(kinds)))

    def read_together(self, rows: Positions) -> list[Column] | None:
        """Read rows in columns; ``None`` where one of them has another shape."""
        table = self.load(rows, self._schema) if self._known else None
        return None if table is None else [_column(table, place) for place in self._places]

    def read_one(self, row: int) -> list[bytes | float | None] | None:
        """Read one row."""
        record = load_object(self.raw(row))
        if record is None:
            return None
        return [plain_value(look_up(record, path)) for path in self._paths]


def _column(table: pa.Table, place: tuple[Path, pa.DataType] | None) -> Column:
    if place is None:
        return pa.nulls(table.num_rows, pa.string())
    column: Any = table.column(place[0][0]).combine_chunks()
    for name in place[0][1:]:
        column = pc.struct_field(column, name)
    if pa.types.is_list(column.type):
        column = first_items(column)
    return column.cast(pa.string()) if pa.types.is_boolean(column.type) else column


def _place(records: Sequence[Any], path: Path) -> tuple[Path, pa.DataType] | None:
    """Where in the records the path really is, dots in keys considered, and what is there."""
    for record in records:
        found, real = _walk(record, path)
        if found is not None:
            return real, _kind([_walk(item, path)[0] for item in records])
    return None


def _walk(record: Any, path: Path) -> tuple[Any, Path]:
    if len(path) == 1:
        return record.get(path[0]), path
    real: list[str] = []
    for step, name in enumerate(path):
        if not isinstance(record, Mapping):
            return None, ()
        dotted = ".".join(path[step:])
        if dotted in record:
            return record[dotted], (*real, dotted)
        real.append(name)
        record = record.get(name)
    return record, tuple(real)


def _kind(values: Sequence[Any]) -> pa.DataType:
    """The Arrow type of all values that are there; a fallible guess, checked by reading."""
    several = any(isinstance(value, list) for value in values)
    flat = [value[0] if isinstance(value, list) and value else value for value in values]
    kinds = {type(value) for value in flat} - {type(None), list}
    plain: pa.DataType = pa.string()
    if kinds and kinds <= {int, float}:
        plain = pa.int64() if kinds == {int} else pa.float64()
    elif kinds == {bool}:
        plain = pa.bool_()
    return pa.list_(plain) if several else plain


def _put(kinds: dict[str, Any], path: Path, kind: pa.DataType) -> bool:
    """Enter a leaf; whether it does not contradict another."""
    place: Any = kinds
    for name in path[:-1]:
        place = place.setdefault(name, {})
        if not isinstance(place, dict):
            return False
    known = place.setdefault(path[-1], kind)
    return not isinstance(known, dict)


def _struct(kinds: Mapping[str, Any]) -> "Iterator[pa.Field[Any]]":
    for name, kind in kinds.items():
        yield pa.field(name, pa.struct(list(_struct(kind))) if isinstance(kind, dict) else kind)
