"""Requests as events: the normal form brought to the one event table, in columns."""

from typing import Any, Final

import numpy as np
import pyarrow as pa

from sources.api_log.agents import agent_members
from sources.api_log.event_ids import event_ids
from sources.api_log.json_text import json_given, json_member, json_objects
from sources.api_log.kernels import Column, arrow, pc, shortened
from sources.api_log.routes import Routes
from sources.batch import BATCH_SCHEMA
from sources.event import EVENT_SCHEMA

KIND: Final = "http.request"
SOURCE_TYPE: Final = "api_log"

_LONGEST_PATH: Final = 256
_LONGEST_NAME: Final = 200
_UNNAMED: Final = "request"
_MALFORMED: Final = "malformed request"
_NOT_UNDERSTOOD: Final = (400, 408)
_DAY: Final = 86_400_000_000

_REFERRER: Final = "http.request.header.referer"
ATTRIBUTES: Final[dict[str, str]] = {
    "client.address": "client_ip",
    "http.request.method": "method",
    "http.response.status_code": "status",
    "http.response.body.size": "bytes_out",
    "http.request.size": "bytes_in",
    "network.protocol.version": "protocol",
    "server.address": "host",
    "tls.protocol.version": "tls",
    "upstream.address": "upstream",
    "url.path": "path",
    "url.query": "query",
    "http.request.id": "request_id",
    "trace_id": "trace_id",
    _REFERRER: "referrer",
}
"""Attributes and the columns of the normal form they come from; OpenTelemetry's names mostly.

What user agents say is in :func:`~sources.api_log.agents.agent_members`.
"""


def request_events(
    table: pa.Table, *, source_id: str, identity: str, routes: Routes | None = None
) -> pa.Table:
    """Make events of requests.

    ``outcome`` is ``failure`` where the server failed (status 500 and above), else ``success``: a
    client that asks for what is not there (4xx) got a right answer. It is null without a status.

    Args:
        table: rows of :data:`~sources.api_log.parsing.NORMAL_FORM`.
        source_id: the configured source.
        identity: of the file the lines stand in.
        routes: how paths become routes.

    Returns:
        Rows of :data:`~sources.batch.BATCH_SCHEMA` without digest: a line never changes.
    """
    form = {name: _whole(table, name) for name in table.column_names}
    rows = table.num_rows
    path = shortened(pc.coalesce(form["path"], form["route"]), _LONGEST_PATH)
    subject = _subjects(form, path)
    status = form["status"].cast(pa.string())
    columns: dict[str, Any] = {
        "event_id": event_ids(source_id, KIND, identity, form["offset"].to_numpy()),
        "source_id": _constant(source_id, rows),
        "source_type": _constant(SOURCE_TYPE, rows),
        "kind": _constant(KIND, rows),
        "occurred_at": form["occurred_at"],
        "utc_offset_minutes": form["utc_offset_minutes"],
        "session_id": _sessions(form),
        "actor": shortened(form["user"], _LONGEST_NAME),
        "actor_key": shortened(form["client_ip"], _LONGEST_NAME),
        "subject": subject,
        "scope": form["host"],
        "title": _joined(subject, status, " "),
        "outcome": pc.if_else(pc.greater_equal(form["status"], 500), "failure", "success"),
        "duration_ms": form["duration_ms"],
        "attributes": _attributes(form, routes or Routes(), rows),
        "refs": _no_lists(EVENT_SCHEMA.field("refs").type, rows),
    }
    return pa.table(
        [columns.get(field.name, pa.nulls(rows, field.type)) for field in BATCH_SCHEMA],
        schema=BATCH_SCHEMA,
    )


def _whole(table: pa.Table, name: str) -> Column:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()  # a copy


def _constant(value: str, rows: int) -> Column:
    return pa.repeat(value, rows).cast(pa.string())


def _no_lists(kind: "pa.ListType[Any]", rows: int) -> Column:
    offsets = arrow.array(np.zeros(rows + 1, np.int32))
    return arrow.ListArray.from_arrays(offsets, pa.array([], kind.value_type), type=kind)


def _joined(first: Column, second: Column, between: str) -> Column:
    """Two texts with something between them, or the one that is there."""
    both = pc.binary_join_element_wise(first, second, between)
    return pc.coalesce(both, first, second) if both.null_count else both


def _subjects(form: dict[str, Column], path: Column) -> Column:
    """What was asked; of requests that name neither method nor path, whether they were any."""
    subject = _joined(form["method"], path, " ")
    if not subject.null_count:
        return subject
    line = pc.match_substring(pc.fill_null(form["extras"], ""), '"request":')
    refused = pc.is_in(form["status"], pa.array(_NOT_UNDERSTOOD, pa.int16()))
    return pc.coalesce(subject, pc.if_else(pc.or_(line, refused), _MALFORMED, _UNNAMED))


def _sessions(form: dict[str, Column]) -> Column:
    """Client and day, UTC."""
    days = form["occurred_at"].cast(pa.int64()).to_numpy() // _DAY
    turns = np.flatnonzero(np.diff(days, prepend=days[:1] - 1))
    names = pa.array([str(np.datetime64(int(day), "D")) for day in days[turns]], pa.string())
    codes = np.repeat(np.arange(len(turns)), np.diff(turns, append=len(days)))
    client = shortened(form["client_ip"], _LONGEST_NAME)
    return pc.binary_join_element_wise(
        pc.fill_null(client, "unknown"), names.take(arrow.array(codes)), "/"
    )


def _attributes(form: dict[str, Column], routes: Routes, rows: int) -> Column:
    values: dict[str, Column] = {key: form[name] for key, name in ATTRIBUTES.items()}
    protocols = form["protocol"].dictionary_encode()
    versions = pc.replace_substring_regex(protocols.dictionary, r"^(?i)https?/|\.0\.0$", "")
    values["network.protocol.version"] = versions.take(protocols.indices)
    values["http.route"] = routes.of(form["path"], form["route"])
    members = {
        key: json_member(key, value, listed=key == _REFERRER) for key, value in values.items()
    }
    members["extras"] = json_given("extras", form["extras"])
    members["user_agent"] = agent_members(form["user_agent"])
    return json_objects([members[key] for key in sorted(members)], rows=rows)
