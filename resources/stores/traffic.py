"""Traffic: requests by minute, host, route, method and class of status, counted and timed.

Made from a window's events while they pass by on their way into the lake, so for every store in
the same way and from the same snapshot as the window's file. Percentiles are exact, interpolated
between neighbours as PostgreSQL's ``percentile_cont`` does, and cannot be joined: those of an
hour are not the mean of its minutes'.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute
from pyarrow import json

from sources.event import TIMESTAMP
from sources.texts import text_bytes

KEYS: Final = ("minute", "host", "route", "method", "status_class")
PERCENTILES: Final = {"duration_p50_ms": 0.5, "duration_p95_ms": 0.95, "duration_p99_ms": 0.99}

_FIELDS: "Final[list[pa.Field[Any]]]" = [
    pa.field("source_id", pa.string(), nullable=False),
    pa.field("window", pa.string(), nullable=False),
    pa.field("minute", TIMESTAMP, nullable=False),
    *(pa.field(name, pa.string()) for name in KEYS[1:]),
    pa.field("requests", pa.int64(), nullable=False),
    pa.field("errors", pa.int64(), nullable=False),
    pa.field("bytes_out", pa.int64()),
    pa.field("timed", pa.int64(), nullable=False),
    *(pa.field(name, pa.float64()) for name in (*PERCENTILES, "duration_max_ms")),
]
TRAFFIC_SCHEMA: Final = pa.schema(_FIELDS)
"""A row of traffic; docs/api-logs.md and the comments of the table say what each column means."""

REQUEST_KIND: Final = "http.request"
"""The kind of event that is counted, whatever type of source it comes from."""

_LONGEST: Final = 256
_LAST_STATUS: Final = 999
_MOST_BYTES: Final = 2**53
_TOLD: Final[dict[str, type]] = {
    "http.route": str,
    "url.path": str,
    "http.request.method": str,
    "http.response.status_code": int,
    "http.response.body.size": int,
}
_TOLD_SCHEMA: Final = pa.schema(
    [(name, pa.string() if kind is str else pa.int64()) for name, kind in _TOLD.items()]
)
_PARSE: Final = json.ParseOptions(explicit_schema=_TOLD_SCHEMA, unexpected_field_behavior="ignore")

arrow: Any = pa
pc: Any = pyarrow.compute


class TrafficTally:
    """Counts the requests of one window, whose rows come by ``occurred_at``.

    Args:
        source_id: whose.
        window: which window.
        chunk: rows counted at once; so many are held, or more if one minute has more.
    """

    def __init__(self, source_id: str, window: str, chunk: int = 100_000) -> None:
        self._names = {"source_id": source_id, "window": window}
        self._waiting: list[pa.Table] = []
        self._counted: list[pa.Table] = []
        self._chunk = self._enough = chunk

    def watch(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Hand the rows on, and count them."""
        for batch in batches:
            rows = _request_rows(batch)
            if rows.num_rows:
                self._waiting.append(rows)
                self._count_whole_minutes()
            yield batch

    def table(self) -> pa.Table:
        """Give what was counted, by minute and the other keys."""
        if self._waiting:
            self._counted.append(summarise(pa.concat_tables(self._waiting), KEYS))
            self._waiting = []
        counted = pa.concat_tables(self._counted) if self._counted else None
        if counted is None:
            return TRAFFIC_SCHEMA.empty_table()
        for name, value in self._names.items():
            counted = counted.append_column(name, pa.repeat(pa.scalar(value), len(counted)))
        return counted.select(TRAFFIC_SCHEMA.names).cast(TRAFFIC_SCHEMA)

    def _count_whole_minutes(self) -> None:
        """Count all but the last minute, once enough rows wait."""
        if sum(map(len, self._waiting)) < self._enough:
            return
        rows: Any = pa.concat_tables(self._waiting)
        minute = rows.column("minute")
        last = pc.equal(minute, minute[-1])
        whole = rows.filter(pc.invert(last))
        if whole.num_rows:
            self._counted.append(summarise(whole, KEYS))
        rest = rows.filter(last)
        self._waiting = [rest]
        self._enough = max(self._chunk, 2 * rest.num_rows)


def summarise(rows: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Count requests by ``keys``, and say how long they took.

    Args:
        rows: ``keys``, and ``errors`` (0 or 1), ``bytes_out``, ``duration_ms`` of each request.
        keys: columns.

    Returns:
        ``keys`` and the measures of :data:`TRAFFIC_SCHEMA`, sorted by ``keys``.
    """
    grouped: Any = rows.group_by(list(keys)).aggregate(
        [
            ([], "count_all"),
            ("errors", "sum"),
            ("bytes_out", "sum"),
            ("duration_ms", "count"),
            ("duration_ms", "list"),
        ]
    )
    grouped = grouped.combine_chunks().sort_by([(name, "ascending") for name in keys])
    durations = _ordered(grouped.column("duration_ms_list").combine_chunks())
    timed = grouped.column("duration_ms_count").to_numpy()
    columns = {name: grouped.column(name) for name in keys} | {
        "requests": grouped.column("count_all"),
        "errors": grouped.column("errors_sum"),
        "bytes_out": grouped.column("bytes_out_sum"),
        "timed": grouped.column("duration_ms_count"),
        **{name: _percentile(*durations, timed, share) for name, share in PERCENTILES.items()},
        "duration_max_ms": _percentile(*durations, timed, 1.0),
    }
    return pa.table(columns)


def _ordered(lists: Any) -> tuple[Any, Any]:
    """Sort each list, nulls last; gives all values, and where each list begins."""
    sizes = pc.list_value_length(lists).to_numpy()
    values = pc.list_flatten(lists).to_numpy(zero_copy_only=False)
    owners = np.repeat(np.arange(len(sizes)), sizes)
    return values[np.lexsort((values, owners))], np.cumsum(sizes) - sizes


def _percentile(values: Any, starts: Any, counts: Any, share: float) -> Any:
    """The value below which a share of each list lies; null where it holds none."""
    place = np.maximum(counts - 1, 0) * share
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(counts - 1, 0))
    low, high = values[starts + below], values[starts + above]
    return arrow.array(low + (high - low) * (place - below), mask=counts == 0)


def _request_rows(batch: pa.RecordBatch) -> pa.Table:
    """Give of each request what traffic is counted by."""
    requests: Any = batch.filter(pc.equal(batch.column("kind"), REQUEST_KIND))
    told = _told(requests.column("attributes"))
    return pa.table(
        {
            "minute": floor_times(requests.column("occurred_at"), 60),
            "host": _cut(requests.column("scope")),
            "route": _cut(pc.coalesce(told.column("http.route"), told.column("url.path"))),
            "method": _cut(told.column("http.request.method")),
            "status_class": _classes(told.column("http.response.status_code")),
            "errors": error_flags(requests.column("outcome")),
            "bytes_out": _within(told.column("http.response.body.size"), 0, _MOST_BYTES),
            "duration_ms": requests.column("duration_ms"),
        }
    )


def _told(attributes: Any) -> pa.Table:
    """Read what traffic is counted by; what is of another type than it should be is null."""
    if not len(attributes):
        return _TOLD_SCHEMA.empty_table()
    lines = text_bytes(pc.binary_join_element_wise(attributes, "", "\n"))
    # One block, as no object may be longer than a block.
    reading = json.ReadOptions(use_threads=False, block_size=len(lines) + 1)
    try:
        return json.read_json(arrow.BufferReader(lines), reading, _PARSE)
    except pa.ArrowInvalid:  # an odd one, which is looked for
        objects = map(orjson.loads, attributes.to_pylist())
        rows = [
            {name: _typed(item.get(name), kind) for name, kind in _TOLD.items()} for item in objects
        ]
        return pa.Table.from_pylist(rows, _TOLD_SCHEMA)


def _typed(value: Any, kind: type) -> Any:
    held = isinstance(value, kind) and not isinstance(value, bool)
    return value if held and (kind is str or abs(value) < _MOST_BYTES) else None


def _within(numbers: Any, least: int, end: int) -> Any:
    inside = pc.and_(pc.greater_equal(numbers, least), pc.less(numbers, end))
    return pc.if_else(inside, numbers, pa.scalar(None, pa.int64()))


def _classes(statuses: Any) -> Any:
    hundreds = pc.divide(_within(statuses, 1, _LAST_STATUS + 1), 100)
    return pc.binary_join_element_wise(hundreds.cast(pa.string()), "xx", "")


def _cut(texts: Any) -> Any:
    return pc.utf8_slice_codeunits(texts, 0, _LONGEST)


def floor_times(times: Any, seconds: int) -> Any:
    """Bring moments down to the last multiple of some seconds since 1970."""
    span = seconds * 1_000_000
    return arrow.array(times.cast(pa.int64()).to_numpy() // span * span).cast(TIMESTAMP)


def error_flags(outcomes: Any) -> Any:
    """Give 1 for each request in which the server failed, else 0."""
    return pc.fill_null(pc.equal(outcomes, "failure"), pa.scalar(value=False)).cast(pa.int64())
