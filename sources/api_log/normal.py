"""From a format's own columns to the one normal form."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from sources.api_log.clients import choose_clients
from sources.api_log.json_text import json_objects, json_strings
from sources.api_log.kernels import Column, arrow, pc
from sources.api_log.layout import Escape, Field
from sources.api_log.lines import Mask
from sources.api_log.moments import NO_OFFSET, Times, no_times
from sources.api_log.parsing import NORMAL_FORM
from sources.api_log.privacy import Privacy
from sources.api_log.requests import split_requests, split_targets, strip_absolute
from sources.api_log.times import read_times
from sources.api_log.values import holds, to_numbers, to_text
from sources.api_log.zones import Zone
from sources.event import TIMESTAMP

_UNITS: Final = {"s": 1000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6, "": 1.0}
_TEXTS: Final = ("referrer", "route", "user_agent", "request_id", "trace_id", "upstream", "tls")
_HOST: Final = r"^(?:\[(?P<long>[^\]]*)\]|(?P<name>[^:]*|.*:.*:.*))(?::(?P<port>[0-9]*))?$"
_FARTHEST: Final = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalised:
    """Rows of the normal form, as far as they could be read.

    Attributes:
        table: :data:`NORMAL_FORM` without ``offset``.
        fit: which rows are right; the others hold something that is not what it should be.
        faults: for each row that is not, what is wrong.
    """

    table: dict[str, Column]
    fit: Mask
    faults: dict[int, str]


class Normaliser:
    """Brings one format's columns to the normal form."""

    def __init__(
        self, fields: Sequence[Field], *, escape: Escape, privacy: Privacy, zone: Zone | None
    ) -> None:
        self._fields = tuple(fields)
        self._escape: Escape = escape
        self._privacy = privacy
        self._zone = zone

    def normalise(
        self, columns: Sequence[Column], raw: Callable[[int], bytes], day: str = ""
    ) -> Normalised:
        """Read one column a field, in the fields' order.

        Args:
            columns: what the fields hold.
            raw: gives a row's line.
            day: ``YYYY-MM-DD`` of lines that have a time of day alone.
        """
        fields, given = self._fields, list(columns)
        if day and not any(field.role in ("time", "date") for field in fields):
            fields = (*fields, Field(role="date"))
            given.append(pa.repeat(pa.scalar(day), len(given[0])))
        return _Work(fields, given, self._escape, self._privacy, self._zone).run(raw)


class _Work:
    """The columns of one piece on their way."""

    def __init__(
        self,
        fields: Sequence[Field],
        columns: Sequence[Column],
        escape: Escape,
        privacy: Privacy,
        zone: Zone | None,
    ) -> None:
        self._given = list(zip(fields, columns, strict=True))
        self._escape: Escape = escape
        self._privacy = privacy
        self._zone = zone
        self._rows = len(columns[0])
        self._fit = np.ones(self._rows, np.bool_)
        self._faults: dict[int, str] = {}
        self._replaced = np.zeros(self._rows, np.bool_)
        self._extras: dict[str, Column] = {}

    def run(self, raw: Callable[[int], bytes]) -> Normalised:
        nulls = pa.nulls(self._rows, pa.string())
        columns: dict[str, Column] = dict.fromkeys(NORMAL_FORM.names, nulls)
        del columns["offset"]
        columns |= self._times()
        columns |= self._request()
        for role in _TEXTS:
            columns[role] = self._text(role)
        for role in ("referrer", "route"):
            columns[role] = self._privacy.urls(columns[role])
        columns["status"] = self._status()
        columns["duration_ms"] = self._duration()
        for role in ("bytes_in", "bytes_out"):
            columns[role] = self._number(role)
        columns["client_ip"] = self._client()
        columns["user"] = self._privacy.users(self._text("user"))
        columns["extras"] = self._write_extras(raw)
        return Normalised(table=columns, fit=self._fit, faults=self._faults)

    def _find(self, role: str) -> list[tuple[Field, Column]]:
        return [(field, column) for field, column in self._given if field.role == role]

    def _text(self, role: str) -> Column:
        """The first field of this role that has a value."""
        texts = [self._read(field, column) for field, column in self._find(role)]
        if not texts:
            return pa.nulls(self._rows, pa.string())
        return texts[0] if len(texts) == 1 else pc.coalesce(*texts)

    def _read(self, field: Field, column: Column) -> Column:
        own = field.form if field.form in ("percent", "plus") else self._escape
        text, replaced = to_text(column, own)  # type: ignore[arg-type]
        if replaced is not None:
            self._replaced |= replaced
        return text

    def _fault(self, wrong: Mask, fault: str) -> None:
        for row in np.flatnonzero(wrong & self._fit).tolist():
            self._faults[row] = fault
        self._fit &= ~wrong

    def _times(self) -> dict[str, Column]:
        times = self._read_times()
        self._fault(~times.valid, "its time cannot be read")
        micros, offsets = times.micros, times.offsets.astype(np.int16)
        local = (times.offsets == NO_OFFSET) & times.valid
        if bool(local.any()):
            if self._zone is None:
                self._fault(local, "its time names no zone, and `timezone` is not set")
            else:
                moved, minutes = self._zone.to_utc(micros[local])
                micros = micros.copy()
                micros[local], offsets[local] = moved, minutes
        unknown = pa.array(np.abs(offsets) > _FARTHEST)
        return {
            "occurred_at": pa.array(micros).cast(TIMESTAMP),
            "utc_offset_minutes": pc.if_else(
                unknown, pa.scalar(None, pa.int16()), pa.array(offsets, pa.int16())
            ),
        }

    def _read_times(self) -> Times:
        """Moments out of the first field that has one; numbers are finer than texts."""
        found = self._find("time")
        found.sort(key=lambda item: item[0].form != "epoch")
        days, clocks = self._find("date"), self._find("clock")
        times = [read_times(column, field.form or "any") for field, column in found]
        if days and clocks:
            times.append(self._join(days[0], clocks[0]))
        if not times:
            return no_times(self._rows)
        whole = times[0]
        for more in times[1:]:
            whole = whole.filled(more)
        return whole

    def _join(self, day: tuple[Field, Column], clock: tuple[Field, Column]) -> Times:
        parts = [item[1].cast(pa.binary()).cast(pa.string(), safe=False) for item in (day, clock)]
        if day[0].form:
            joined = pc.binary_join_element_wise(*parts, " ")
            return read_times(joined, f"{day[0].form} {clock[0].form}")
        return read_times(pc.binary_join_element_wise(*parts, "T").cast(pa.string()), "utc")

    def _request(self) -> dict[str, Column]:
        method, protocol = self._text("method"), self._text("protocol")
        target = self._text("target")
        for field, column in self._find("request"):
            text = self._read(field, column)
            parts = split_requests(text)
            if parts.malformed.any():
                self._extras["request"] = self._privacy.texts(
                    pc.if_else(pa.array(parts.malformed), text, pa.scalar(None, pa.string()))
                )
            method = pc.coalesce(parts.method, method)
            target = pc.coalesce(parts.target, target)
            protocol = pc.coalesce(parts.protocol, protocol)
        absolute = strip_absolute(target)
        path, query = split_targets(absolute.target)
        if self._find("path"):
            path = pc.coalesce(path, self._text("path"))
        if self._find("query"):
            given = pc.replace_substring_regex(self._text("query"), r"^\?", "")
            query = pc.coalesce(query, given)
        return {
            "method": method,
            "path": self._privacy.urls(path),
            "query": self._privacy.urls(query),
            "protocol": protocol,
            "host": self._host(pc.coalesce(self._text("host"), absolute.host)),
        }

    def _host(self, values: Column) -> Column:
        """The virtual host in small letters; its port is an extra."""
        if values.null_count == self._rows:
            return values
        lower = pc.utf8_lower(values)
        if not pc.any(pc.match_substring(lower, ":")).as_py():
            return lower
        parts = pc.extract_regex(lower, _HOST)
        long, name = pc.struct_field(parts, "long"), pc.struct_field(parts, "name")
        host = pc.if_else(pc.equal(long, ""), name, long)
        self._extras.setdefault("server.port", _none(pc.struct_field(parts, "port")))
        return _none(pc.coalesce(host, lower))

    def _status(self) -> Column:
        status = self._number("status")
        wrong = pc.fill_null(pc.greater(status, 999), fill_value=False)
        self._fault(wrong.to_numpy(zero_copy_only=False), "its status is none")
        kept = pc.if_else(pc.and_(pc.greater(status, 0), pc.invert(wrong)), status, None)
        return kept.cast(pa.int16())

    def _number(self, role: str) -> Column:
        return self._first(
            [self._digits(*item, whole=True) for item in self._find(role)], pa.int64()
        )

    def _digits(self, field: Field, column: Column, *, whole: bool) -> Column:
        """Numbers; what is below nothing stands for "none"."""
        numbers, fit = to_numbers(column, whole=whole)
        if fit is not None:
            self._fault(~fit, f"its {field.label} is no number")
        return pc.if_else(pc.greater_equal(numbers, 0), numbers, pa.scalar(None, numbers.type))

    def _first(self, columns: Sequence[Column], kind: pa.DataType) -> Column:
        if not columns:
            return arrow.nulls(self._rows, kind)
        return columns[0] if len(columns) == 1 else pc.coalesce(*columns)

    def _duration(self) -> Column:
        whole = [self._scaled(*item) for item in self._find("duration")]
        parts = [self._scaled(*item) for item in self._find("duration_part")]
        if parts:
            total = parts[0]
            for part in parts[1:]:
                total = pc.add(total, part)
            whole.append(pc.round(total, ndigits=6))
        return self._first(whole, pa.float64())

    def _scaled(self, field: Field, column: Column) -> Column:
        """Milliseconds; rounded to nanoseconds, so that 0.007 s are 7 ms."""
        if field.form == "s" and _is_text(column) and holds(column, b"s"):  # "0.012s"
            column = pc.ascii_rtrim(column.cast(pa.binary()).cast(pa.string(), safe=False), "s")
        values, factor = self._digits(field, column, whole=False), _UNITS[field.form]
        return values if factor == 1.0 else pc.round(pc.multiply(values, factor), ndigits=6)

    def _client(self) -> Column:
        role = "peer" if self._find("peer") else "client"
        if not self._find(role):
            return pa.nulls(self._rows, pa.string())
        address, several = choose_clients(self._text(role), with_port=role == "peer")
        if several.null_count < self._rows and self._privacy.addresses == "keep":
            self._extras["client.forwarded"] = several
        return self._privacy.clients(address)

    def _write_extras(self, raw: Callable[[int], bytes]) -> Column:
        for role in ("extra", "extra_list"):
            for field, column in self._find(role):
                if not (field.form == "address" and self._privacy.addresses != "keep"):
                    text = self._privacy.texts(self._read(field, column))
                    known = self._extras.get(field.name)
                    self._extras[field.name] = text if known is None else pc.coalesce(known, text)
        if self._replaced.any() and self._privacy.addresses == "keep":
            self._extras["line.base64"] = self._raw(raw)
        members = {key: json_strings(text) for key, text in self._extras.items()}
        written = json_objects(members, rows=self._rows)
        return pc.if_else(pc.equal(written, "{}"), pa.scalar(None, pa.string()), written)

    def _raw(self, raw: Callable[[int], bytes]) -> Column:
        """The whole line where a part of it was no UTF-8."""
        rows = np.flatnonzero(self._replaced).tolist()
        kept: list[str | None] = [None] * self._rows
        for row, line in zip(rows, self._privacy.lines([raw(row) for row in rows]), strict=True):
            kept[row] = base64.b64encode(line).decode()
        return pa.array(kept, pa.string())


def _is_text(values: Column) -> bool:
    return pa.types.is_binary(values.type) or pa.types.is_string(values.type)


def _none(values: Column) -> Column:
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
