"""From a format's own columns to the one normal form."""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from sources.api_log.clients import choose_clients
from sources.api_log.given import Given
from sources.api_log.json_text import json_member, json_objects
from sources.api_log.kernels import Column, coalesced, pc
from sources.api_log.layout import Escape, Field
from sources.api_log.lines import Mask
from sources.api_log.moments import NO_OFFSET, Times, no_times
from sources.api_log.parsing import NORMAL_FORM
from sources.api_log.privacy import Privacy
from sources.api_log.requests import split_requests, split_targets, strip_absolute
from sources.api_log.times import read_times
from sources.api_log.tls import name_ciphers, name_versions
from sources.api_log.zones import Zone
from sources.event import TIMESTAMP

_TEXTS: Final = ("referrer", "route", "user_agent", "request_id", "trace_id", "upstream", "tls")
_HOST: Final = r"^(?:\[(?P<long>[^\]]*)\]|(?P<name>[^:]*|.*:.*:.*))(?::(?P<port>[0-9]*))?$"
_FARTHEST: Final = 24 * 60
_CIPHER: Final = "tls.cipher"
_DURATION_NAME: Final = re.compile(r"\.duration_[mun]?s$")
"""Extras that are durations; what was never begun took -1 of them."""


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
        self,
        fields: Sequence[Field],
        *,
        escape: Escape,
        privacy: Privacy,
        zone: Zone | None,
        named: bool = False,
    ) -> None:
        """Take what a format is made of.

        Args:
            fields: its fields.
            escape: how it writes bytes that would break it.
            privacy: what may be kept.
            zone: of times that name none.
            named: whether each value stands beside its name, as in JSON: one that cannot be read
                then says nothing of the others. Where places tell, they have moved.
        """
        self._fields = tuple(fields)
        self._named = named
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
        fields, held = self._fields, list(columns)
        if day and not any(field.role in ("time", "date") for field in fields):
            fields = (*fields, Field(role="date"))
            held.append(pa.repeat(pa.scalar(day), len(held[0])))
        given = Given(fields, held, self._escape)
        return _Work(given, self._privacy, self._zone, named=self._named).run(raw)


class _Work:
    """The columns of one piece on their way."""

    def __init__(self, given: Given, privacy: Privacy, zone: Zone | None, *, named: bool) -> None:
        self._given = given
        self._named = named
        self._privacy = privacy
        self._zone = zone
        self._extras: dict[str, Column] = {}

    def run(self, raw: Callable[[int], bytes]) -> Normalised:
        nulls = pa.nulls(self._given.rows, pa.string())
        columns: dict[str, Column] = dict.fromkeys(NORMAL_FORM.names, nulls)
        del columns["offset"]
        columns |= self._times()
        columns |= self._request()
        for role in _TEXTS:
            columns[role] = self._given.text(role)
        for role in ("referrer", "route", "upstream", "request_id", "trace_id"):
            columns[role] = self._privacy.urls(columns[role])
        columns["route"] = _bare_route(columns["route"])
        columns["user_agent"] = self._privacy.agents(columns["user_agent"])
        columns["tls"] = name_versions(columns["tls"])
        columns["status"] = self._status()
        columns["duration_ms"] = self._given.duration()
        for role in ("bytes_in", "bytes_out"):
            columns[role] = self._given.number(role)
        self._settle(columns)
        columns["client_ip"] = self._client()
        columns["user"] = self._privacy.users(self._privacy.urls(self._user()))
        columns["extras"] = self._write_extras(raw)
        return Normalised(table=columns, fit=self._given.fit, faults=self._given.faults)

    def _times(self) -> dict[str, Column]:
        times = self._read_times()
        self._given.fault(~times.valid, "its time cannot be read")
        micros, offsets = times.micros, times.offsets.astype(np.int16)
        local = (times.offsets == NO_OFFSET) & times.valid
        if bool(local.any()):
            if self._zone is None:
                self._given.fault(local, "its time names no zone, and `timezone` is not set")
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
        found = self._given.find("time")
        found.sort(key=lambda item: (item[0].form != "epoch", not _names_zone(item[0].form)))
        days, clocks = self._given.find("date"), self._given.find("clock")
        times = [read_times(column, field.form or "any") for field, column in found]
        if days and clocks:
            times.append(self._join(days[0], clocks[0]))
        if not times:
            return no_times(self._given.rows)
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
        method, protocol = self._given.text("method"), self._given.text("protocol")
        target = self._given.text("target")
        for field, column in self._given.find("request"):
            text = self._given.read(field, column)
            parts = split_requests(text)
            if parts.malformed.any():
                odd = pc.if_else(pa.array(parts.malformed), text, pa.scalar(None, pa.string()))
                bare = pc.and_(method.is_valid(), pc.starts_with(odd, "/"))
                none = pa.scalar(None, pa.string())
                target = pc.coalesce(pc.if_else(bare, odd, none), target)
                self._extras["request"] = self._privacy.texts(pc.if_else(bare, none, odd))
            method = coalesced(parts.method, method)
            target = coalesced(parts.target, target)
            protocol = coalesced(parts.protocol, protocol)
        absolute = strip_absolute(target)
        path, query = split_targets(absolute.target)
        if self._given.find("path"):
            path = pc.coalesce(path, self._given.text("path"))
        if self._given.find("query"):
            given = pc.replace_substring_regex(self._given.text("query"), r"^\?", "")
            query = pc.coalesce(query, given)
        host = coalesced(self._given.text("host"), absolute.host)
        return {
            "method": method,
            "path": self._privacy.urls(path),
            "query": self._privacy.urls(query),
            "protocol": protocol,
            "host": self._host(self._privacy.urls(host)),
        }

    def _host(self, values: Column) -> Column:
        """The virtual host in small letters; its port is an extra."""
        if values.null_count == self._given.rows:
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
        status = self._given.number("status")
        wrong = pc.fill_null(pc.greater(status, 999), fill_value=False)
        self._given.doubt("status", wrong.to_numpy(zero_copy_only=False), "its status is none")
        kept = pc.if_else(pc.and_(pc.greater(status, 0), pc.invert(wrong)), status, None)
        return kept.cast(pa.int16())

    def _settle(self, columns: dict[str, Column]) -> None:
        """Keep numbers that are none as texts, in requests whose other values are sure."""
        for role, wrong, fault in self._given.unread:
            kept = np.zeros_like(wrong)
            if self._named:
                sure = [columns[name].is_valid() for name in ("method", "path", "status")]
                told = np.logical_or.reduce([one.to_numpy(zero_copy_only=False) for one in sure])
                kept = wrong & told
                text = self._privacy.texts(self._given.text(role))
                self._keep(role, pc.if_else(pa.array(kept), text, pa.scalar(None, pa.string())))
            self._given.fault(wrong & ~kept, fault)

    def _user(self) -> Column:
        """The user; Apache writes two quotes for a name that is empty, Jetty blanks around it."""
        user = pc.utf8_trim(self._given.text("user"), " ")
        nobody = pc.is_in(user, pa.array(["", "-", '""']))
        return pc.if_else(nobody, pa.scalar(None, pa.string()), user)

    def _client(self) -> Column:
        role = "peer" if self._given.find("peer") else "client"
        if not self._given.find(role):
            return pa.nulls(self._given.rows, pa.string())
        address, several = choose_clients(self._given.text(role), with_port=role == "peer")
        if several.null_count < self._given.rows and self._privacy.addresses == "keep":
            self._extras["client.forwarded"] = several
        return self._privacy.clients(address)

    def _write_extras(self, raw: Callable[[int], bytes]) -> Column:
        for role in ("extra", "extra_list"):
            for field, column in self._given.find(role):
                if self._privacy.keeps(field):
                    text = self._given.read(field, column)
                    if _DURATION_NAME.search(field.name):
                        text = pc.if_else(pc.equal(text, "-1"), pa.scalar(None, pa.string()), text)
                    self._keep(field.name, self._privacy.texts(text))
        if _CIPHER in self._extras:
            self._extras[_CIPHER] = name_ciphers(self._extras[_CIPHER])
        if self._given.replaced.any() and self._privacy.keeps_people:
            self._extras["line.base64"] = self._raw(raw)
        members = [json_member(key, self._extras[key]) for key in sorted(self._extras)]
        written = json_objects(members, rows=self._given.rows)
        return pc.if_else(pc.equal(written, "{}"), pa.scalar(None, pa.string()), written)

    def _keep(self, name: str, text: Column) -> None:
        """Keep texts as extras, where none of that name is kept yet."""
        known = self._extras.get(name)
        self._extras[name] = text if known is None else pc.coalesce(known, text)

    def _raw(self, raw: Callable[[int], bytes]) -> Column:
        """The whole line where a part of it was no UTF-8."""
        rows = np.flatnonzero(self._given.replaced).tolist()
        kept: list[str | None] = [None] * self._given.rows
        for row, line in zip(rows, self._privacy.lines([raw(row) for row in rows]), strict=True):
            kept[row] = base64.b64encode(line).decode()
        return pa.array(kept, pa.string())


def _names_zone(form: str) -> bool:
    return form in ("clf", "iso") or "%z" in form


def _bare_route(values: Column) -> Column:
    """Routes without the method that some name before them; Amazon's ``$default`` is none."""
    if values.null_count == len(values):
        return values
    return _none(pc.replace_substring_regex(values, r"^(?:[A-Z]+ +|\$default$)", ""))


def _none(values: Column) -> Column:
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
