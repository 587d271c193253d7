"""Lines that are JSON objects, with or without a prefix."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from sources.api_log.json_format import JsonFormat
from sources.api_log.json_records import NO_JSON, Records
from sources.api_log.json_shape import NamedRecords
from sources.api_log.kernels import Column, pc
from sources.api_log.line_parser import LineParser
from sources.api_log.lines import Lines, Mask, Positions
from sources.api_log.normal import Normalised, Normaliser
from sources.api_log.parsing import LONGEST_LINE, NOT_A_REQUEST, Parsed
from sources.api_log.privacy import Privacy
from sources.api_log.results import TOO_LONG, bad_lines, build_table, join_results
from sources.api_log.zones import Zone

_BRACE: Final = ord("{")


class JsonParser(LineParser):
    """Parses JSON lines, with or without what a container or syslog has put before them."""

    def __init__(self, form: JsonFormat, privacy: Privacy, zone: Zone | None = None) -> None:
        super().__init__(form.name, zone, privacy)
        self._form = form
        self._fields = [key.field for key in form.keys for _ in key.paths]
        self._paths = [path for key in form.keys for path in key.paths]

    def read(self, lines: Lines) -> Parsed:
        """Read lines of one piece."""
        begins = find_objects(lines)
        long = lines.ends - lines.starts > LONGEST_LINE
        reasons: dict[int, str] = {}
        for row in np.flatnonzero((begins >= lines.ends) | long).tolist():
            reasons[row] = TOO_LONG if long[row] else NO_JSON
        rows = np.flatnonzero((begins < lines.ends) & ~long)
        named = [path for path, _ in self._form.named]
        records = NamedRecords(lines, begins, rows, self._paths, named)
        tables = self._take(lines, rows, records, reasons)
        bad = bad_lines(lines, dict(sorted(reasons.items())), self._privacy)
        return join_results(tables, bad)

    def _take(
        self, lines: Lines, rows: Positions, records: Records, reasons: dict[int, str]
    ) -> list[pa.Table]:
        """Make tables of the records in some rows; note the reasons of those that give none."""
        tables = []
        for group in records.groups(rows):
            reasons |= group.strange
            found = group.found
            if not len(found):
                continue
            taken = lines.at(found)
            result = self._normalise(group.columns, taken)
            access = self._access(group.columns, result)
            for at in np.flatnonzero(~access).tolist():
                reasons[int(found[at])] = NOT_A_REQUEST
            for at, why in result.faults.items():
                reasons.setdefault(int(found[at]), why)
            tables.append(build_table(result.table, taken, result.fit & access))
        return tables

    def _normalise(self, columns: Sequence[Column], lines: Lines) -> Normalised:
        """Read the columns that hold anything."""
        held = [at for at, column in enumerate(columns) if column.null_count < len(column)] or [0]
        fields = [self._fields[at] for at in held]
        normaliser = Normaliser(
            fields, escape="none", privacy=self._privacy, zone=self._zone, named=True
        )
        return normaliser.normalise([columns[at] for at in held], lines.raw)

    def _access(self, columns: Sequence[Column], result: Normalised) -> Mask:
        """Which records are of a request; a status of 0 and a method ``-`` tell of none."""
        access: Mask = np.ones(len(columns[0]), np.bool_)
        for path in self._form.needed:
            column = columns[self._paths.index(path)]
            access &= _is_valid(column)
        if self._form.telling:
            told = np.zeros(len(access), np.bool_)
            for field, column in zip(self._fields, columns, strict=True):
                if field.role in self._form.telling:
                    told |= _is_valid(result.table.get(field.role, column))
            access &= told
        if self._form.named:
            access &= self._named(columns)
        return access

    def _named(self, columns: Sequence[Column]) -> Mask:
        """Which records call themselves one of a request, or nothing."""
        held = np.zeros(len(columns[0]), np.bool_)
        meant = held.copy()
        for path, begin in self._form.named:
            column = columns[self._paths.index(path)]
            held |= _is_valid(column)
            starts = pc.starts_with(column.cast(pa.string(), safe=False), begin)
            meant |= pc.fill_null(starts, fill_value=False).to_numpy(zero_copy_only=False)
        return meant | ~held


def _is_valid(column: Column) -> Mask:
    mask: Mask = column.is_valid().to_numpy(zero_copy_only=False)
    return mask


def find_objects(lines: Lines) -> Positions:
    """Where the object begins in each line: behind a prefix, if there is one."""
    plain = lines.data[lines.starts] == _BRACE
    if plain.all():
        return lines.starts
    braces: Any = np.append(np.flatnonzero(lines.data[: lines.size] == _BRACE), lines.size + 1)
    begins: Positions = braces[np.searchsorted(braces, lines.starts)]
    return begins
