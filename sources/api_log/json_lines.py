"""Lines that are JSON objects: read in columns where they are alike, else one by one."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from sources.api_log.kernels import Column, arrow, pc
from sources.api_log.layout import Field
from sources.api_log.lines import Lines, gather, read_pieces
from sources.api_log.normal import Normalised, Normaliser
from sources.api_log.parsing import (
    LONGEST_LINE,
    NORMAL_FORM,
    NOT_A_REQUEST,
    BadLine,
    Parsed,
    Parser,
)
from sources.api_log.privacy import Privacy
from sources.api_log.text import TOO_LONG, bad_lines, join_tables
from sources.api_log.zones import Zone
from sources.event import clean_text

Path: TypeAlias = tuple[str, ...]

_BRACE: Final = ord("{")
_NEWLINE: Final = 10
_BACKSLASH: Final = 92
_SMALL: Final = 32  # the bit that tells small letters from capital ones
_FEW: Final = 64
_SAMPLE: Final = 50
_NO_JSON: Final = "no JSON object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A field of JSON lines, and where it may be; the first place with a value counts."""

    field: Field
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFormat:
    """A format of JSON lines.

    Attributes:
        name: what it is called.
        keys: its fields.
        needed: an access record has all of these; other records are none.
    """

    name: str
    keys: tuple[Key, ...]
    needed: tuple[Path, ...] = ()


def look_up(record: Any, path: Path) -> Any:
    """The value at a path; keys may have dots of their own, lists give their first item."""
    if len(path) == 1:
        return record.get(path[0])
    for step, name in enumerate(path):
        if isinstance(record, list):
            record = record[0] if record else None
        if not isinstance(record, Mapping):
            return None
        dotted = ".".join(path[step:])
        if dotted != name and dotted in record:
            return record[dotted]
        record = record.get(name)
    return record


class JsonParser(Parser):
    """Parses JSON lines, with or without what a container or syslog has put before them."""

    def __init__(self, form: JsonFormat, privacy: Privacy, zone: Zone | None = None) -> None:
        self._form = form
        self._privacy = privacy
        self._zone = zone
        self._fields = [key.field for key in form.keys for _ in key.paths]
        self._paths = [path for key in form.keys for path in key.paths]

    @property
    def name(self) -> str:
        """The format."""
        return self._form.name

    @property
    def ordered(self) -> bool:
        """Whether local times have to be put in order."""
        return self._zone is not None

    @property
    def state(self) -> dict[str, Any]:
        """How far local times have come."""
        return {} if self._zone is None else {"zone": self._zone.state}

    def parse(self, block: bytes | memoryview | pa.Buffer, first_offset: int) -> Parsed:
        """Read one block of whole lines."""
        tables: list[pa.Table] = []
        bad: list[BadLine] = []
        skipped = 0
        for lines in read_pieces(block, first_offset):
            filled = lines.ends > lines.starts
            skipped += len(lines) - int(np.count_nonzero(filled))
            more, worse = self._read(lines.at(filled))
            tables += more
            bad += worse
        bad.sort(key=lambda line: line.offset)
        return Parsed(table=join_tables(tables), bad=bad, skipped=skipped)

    def _read(self, lines: Lines) -> tuple[list[pa.Table], list[BadLine]]:
        begins = _begins(lines)
        reasons: dict[int, str] = {}
        long = lines.ends - lines.starts > LONGEST_LINE
        for row in np.flatnonzero((begins >= lines.ends) | long).tolist():
            reasons[row] = TOO_LONG if long[row] else _NO_JSON
        rows = np.flatnonzero((begins < lines.ends) & ~long)
        tables = []
        shape = _Shape(lines, rows, begins, self._paths)
        for some in self._groups(lines, rows, begins, shape):
            reasons |= some.strange
            found = np.setdiff1d(some.rows, np.array(list(some.strange), np.int64))
            if not len(found):
                continue
            taken = lines.at(found)
            access = self._access(some.columns)
            result = self._normalise(some.columns, taken)
            for at in np.flatnonzero(~access).tolist():
                reasons[int(found[at])] = NOT_A_REQUEST
            for at, why in result.faults.items():
                reasons.setdefault(int(found[at]), why)
            offsets = pa.array((taken.starts + taken.first_offset).astype(np.uint64))
            table = pa.table({"offset": offsets, **result.table}, schema=NORMAL_FORM)
            tables.append(table.filter(pa.array(result.fit & access)))
        return tables, bad_lines(lines, dict(sorted(reasons.items())), self._privacy)

    def _normalise(self, columns: Sequence[Column], lines: Lines) -> Normalised:
        """Read the columns that hold anything."""
        held = [at for at, column in enumerate(columns) if column.null_count < len(column)] or [0]
        fields = [self._fields[at] for at in held]
        normaliser = Normaliser(fields, escape="none", privacy=self._privacy, zone=self._zone)
        return normaliser.normalise([columns[at] for at in held], lines.raw)

    def _access(self, columns: Sequence[Column]) -> Any:
        """Which records are of a request."""
        access = np.ones(len(columns[0]), np.bool_)
        for path in self._form.needed:
            column = columns[self._paths.index(path)]
            access &= column.is_valid().to_numpy(zero_copy_only=False)
        return access

    def _groups(self, lines: Lines, rows: Any, begins: Any, shape: "_Shape") -> Iterator["_Some"]:
        """Rows that Arrow reads together, and all others, one by one."""
        odd = _surrogates(lines)[rows]  # Arrow makes nothing of them
        read: list[tuple[Any, list[Column]]] = []
        left = [rows[odd]]
        shape.divide(rows[~odd], read, left)
        if read:
            columns = [pa.concat_arrays(parts) for parts in zip(*(c for _, c in read), strict=True)]
            yield _Some(rows=np.concatenate([some for some, _ in read]), columns=columns)
        others = np.sort(np.concatenate(left))
        if len(others):
            yield self._one_by_one(lines, others, begins)

    def _one_by_one(self, lines: Lines, rows: Any, begins: Any) -> "_Some":
        strange: dict[int, str] = {}
        values: list[list[Any]] = [[] for _ in self._paths]
        for row in rows.tolist():
            raw = lines.data[begins[row] : lines.ends[row]].tobytes()
            record = _load(raw)
            if record is None:
                strange[row] = _NO_JSON
                continue
            for place, path in zip(values, self._paths, strict=True):
                place.append(_plain(look_up(record, path)))
        columns = [pa.array(place, pa.binary()) for place in values]
        return _Some(rows=rows, columns=columns, strange=strange)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Some:
    """Rows that were read together.

    Attributes:
        rows: the rows, strange ones included.
        columns: a column a path, without the strange rows.
        strange: rows that are no JSON object, and why.
    """

    rows: Any
    columns: list[Column]
    strange: dict[int, str] = field(default_factory=dict)


class _Shape:
    """What the records of a piece look like, told from the first of them."""

    def __init__(self, lines: Lines, rows: Any, begins: Any, paths: Sequence[Path]) -> None:
        self._lines = lines
        self._begins = begins
        self._paths = paths
        step = max(1, len(rows) // _SAMPLE)
        loaded = [
            _load(lines.data[begins[row] : lines.ends[row]].tobytes())
            for row in rows[::step][:_SAMPLE].tolist()
        ]
        records = [record for record in loaded if record is not None]
        self._places = [_place(records, path) for path in paths]
        kinds: dict[str, Any] = {}
        self._known = bool(records)
        for place in self._places:
            if place is not None:
                self._known &= _put(kinds, place[0], place[1])
        self._schema = pa.schema(list(_struct(kinds)))

    def divide(self, rows: Any, read: list[tuple[Any, list[Column]]], left: list[Any]) -> None:
        """Read rows together if Arrow can, else halves of them; the last few are left."""
        columns = self.read(rows) if len(rows) else None
        if columns is not None:
            read.append((rows, columns))
        elif len(rows) <= _FEW:
            left.append(rows)
        else:
            middle = len(rows) // 2
            self.divide(rows[:middle], read, left)
            self.divide(rows[middle:], read, left)

    def read(self, rows: Any) -> list[Column] | None:
        """Read rows in columns; ``None`` where one of them does not fit."""
        if not self._known:
            return None
        data = self._lines.data.copy()
        ends = self._lines.ends[rows]
        data[ends] = _NEWLINE  # it may be a carriage return
        block = gather(data, self._begins[rows], ends + 1).buffers()[2]
        try:
            table = pj.read_json(
                arrow.BufferReader(block),
                read_options=pj.ReadOptions(use_threads=False, block_size=block.size + 1),
                parse_options=pj.ParseOptions(
                    explicit_schema=self._schema, unexpected_field_behavior="ignore"
                ),
            )
        except pa.ArrowException:
            return None
        if table.num_rows != len(rows):
            return None
        return [self._column(table, place) for place in self._places]

    @staticmethod
    def _column(table: pa.Table, place: tuple[Path, pa.DataType] | None) -> Column:
        if place is None:
            return pa.nulls(table.num_rows, pa.string())
        column: Any = table.column(place[0][0]).combine_chunks()
        for name in place[0][1:]:
            column = pc.struct_field(column, name)
        if pa.types.is_list(column.type):
            offsets = column.offsets.to_numpy()
            filled = (offsets[1:] > offsets[:-1]) & column.is_valid().to_numpy(zero_copy_only=False)
            column = column.values.take(pa.array(offsets[:-1], mask=~filled))
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


def _begins(lines: Lines) -> Any:
    """Where the object begins in each line: behind a prefix, if there is one."""
    plain = lines.data[lines.starts] == _BRACE
    if plain.all():
        return lines.starts
    braces = np.append(np.flatnonzero(lines.data[: lines.size] == _BRACE), lines.size + 1)
    return braces[np.searchsorted(braces, lines.starts)]


def _surrogates(lines: Lines) -> Any:
    r"""Which lines hold an escape like ``\ud83d``, half of a pair or alone."""
    found = np.flatnonzero(lines.data[: lines.size] == _BACKSLASH)
    letter = lines.data[found + 2] | _SMALL
    found = found[(lines.data[found + 1] == ord("u")) & (letter == ord("d"))]
    held = np.zeros(len(lines), np.bool_)
    if len(found):
        row = np.searchsorted(lines.starts, found, side="right") - 1
        held[row[row >= 0]] = True
    return held


def _load(raw: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(raw.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _plain(value: Any) -> bytes | None:
    """A value as the bytes that a text would have had."""
    if isinstance(value, list):
        value = value[0] if value else None
    match value:
        case None:
            return None
        case str():
            return _bytes(value)
        case bool():
            return b"true" if value else b"false"
        case int() | float():
            return repr(value).encode()
        case _:
            return json.dumps(value, ensure_ascii=True).encode()


def _bytes(text: str) -> bytes:
    """The bytes that stood in the line, those that are no UTF-8 included."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a pair, as an escape
        return clean_text(text).encode()
