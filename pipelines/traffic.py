"""What people see of a source's requests in the web UI: columns, and a day drawn over time."""

from typing import Any, Final

import pyarrow as pa
from dagster import MetadataValue, TableSchema

from pipelines.config import SourceSpec
from pipelines.display import as_image, describe_columns, new_figure
from resources.stores.lake import Lake
from resources.stores.traffic import (
    PERCENTILES,
    TRAFFIC_SCHEMA,
    error_flags,
    floor_times,
    summarise,
)
from sources.windows import window_bounds

_POINTS: Final = 144
"""Points of a plot: every ten minutes of a day."""

_MEANINGS: Final = {
    "source_id": "The configured source.",
    "window": "The day (or month) it is filed under.",
    "minute": "Begin of the minute, by the source's clock, UTC.",
    "host": "Virtual host; empty where the log names none.",
    "route": "Path with placeholders, or the path where none is known.",
    "method": "As sent.",
    "status_class": "2xx, 3xx, 4xx, 5xx; empty: no status.",
    "requests": "How many.",
    "errors": "In how many of them the server failed (status 500 on).",
    "bytes_out": "Bytes of all answers.",
    "timed": "Of how many the time taken is known.",
    "duration_p50_ms": "Median of the time taken, milliseconds; exact.",
    "duration_p95_ms": "95th percentile of it; exact.",
    "duration_p99_ms": "99th percentile of it; exact.",
    "duration_max_ms": "The longest.",
}


def traffic_columns() -> TableSchema:
    """The columns of traffic, as Dagster shows them."""
    return describe_columns(TRAFFIC_SCHEMA, _MEANINGS)


def describe_traffic(lake: Lake, spec: SourceSpec, window: str) -> dict[str, Any]:
    """Draw one window's requests, share of errors and latency over time.

    From the requests themselves: percentiles of minutes and routes cannot be joined.
    """
    begin, end = window_bounds(window, spec.grain)
    seconds = max(60, round((end - begin).total_seconds()) // _POINTS)
    events: Any = lake.read_window(
        spec.id, window, ["kind", "occurred_at", "outcome", "duration_ms"]
    )
    events = events.filter(pa.compute.field("kind") == "http.request").combine_chunks()
    if not events.num_rows:
        return {}
    columns = {name: events.column(name).combine_chunks() for name in events.column_names}
    rows = pa.table(
        {
            "time": floor_times(columns["occurred_at"], seconds),
            "errors": error_flags(columns["outcome"]),
            "bytes_out": pa.nulls(len(events), pa.int64()),
            "duration_ms": columns["duration_ms"],
        }
    )
    drawn = plot_traffic(f"requests of {spec.id} in {window}", summarise(rows, ["time"]), seconds)
    return {
        "window_shown": window,
        "requests": len(events),
        "errors": sum(rows.column("errors").to_pylist()),
        "over_time": MetadataValue.md(drawn),
    }


def plot_traffic(words: str, counted: pa.Table, seconds: int) -> str:
    """Draw requests, share of errors and latency over time as one image in Markdown.

    Args:
        words: what it shows.
        counted: ``time`` and the measures.
        seconds: from one ``time`` to the next; where one is missing nothing was asked for.
    """
    frame = counted.to_pandas().set_index("time").asfreq(f"{seconds}s")
    figure = new_figure(height=5)
    traffic, errors, latency = figure.subplots(3, sharex=True)
    traffic.plot(frame.index, frame.requests.fillna(0), drawstyle="steps-post")
    traffic.set_ylabel("requests")
    errors.plot(frame.index, 100 * frame.errors / frame.requests, color="tab:red")
    errors.set_ylabel("5xx, %")
    errors.set_ylim(bottom=0)
    for name in PERCENTILES:
        latency.plot(frame.index, frame[name], label=name.split("_")[1])
    latency.set_ylabel("time taken, ms")
    latency.legend(loc="upper left", ncols=len(PERCENTILES))
    return as_image(figure, words)
