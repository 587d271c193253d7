"""What people see of a source's requests in the web UI: columns, and a day drawn over time."""

from datetime import datetime, timedelta
from typing import Any, Final

import pyarrow as pa
from dagster import MetadataValue, TableSchema

from pipelines.config import SourceSpec
from pipelines.display import as_image, describe_columns, new_figure
from pipelines.wording import duration
from resources.stores.lake import Lake
from resources.stores.traffic import (
    PERCENTILES,
    REQUEST_KIND,
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


def count_traffic(lake: Lake, spec: SourceSpec, window: str) -> dict[str, Any]:
    """Count one window's requests and failures, those with times outside of it too."""
    counted: Any = lake.read_traffic(spec.id, window, ["requests", "errors"])
    sums = {
        name: pa.compute.sum(counted.column(name)).as_py() or 0 for name in ("requests", "errors")
    }
    return {"dagster/partition_row_count": counted.num_rows, **sums}


def plot_window(lake: Lake, spec: SourceSpec, window: str) -> dict[str, Any]:
    """Draw one window's requests, share of errors and latency over time; nothing of an empty one.

    From the requests themselves: percentiles of minutes and routes cannot be joined. Requests
    with times outside of the window, from before the first one or out of the future, are left out.
    """
    begin, end = window_bounds(window, spec.grain)
    seconds = max(60, round((end - begin).total_seconds()) // _POINTS)
    events: Any = lake.read_window(
        spec.id, window, ["kind", "occurred_at", "outcome", "duration_ms"]
    )
    events = events.filter(pa.compute.field("kind") == REQUEST_KIND).combine_chunks()
    columns = {name: events.column(name).combine_chunks() for name in events.column_names}
    rows = pa.table(
        {
            "time": floor_times(columns["occurred_at"], seconds),
            "errors": error_flags(columns["outcome"]),
            "bytes_out": pa.nulls(len(events), pa.int64()),
            "duration_ms": columns["duration_ms"],
        }
    )
    time = pa.compute.field("time")
    rows = rows.filter((time >= pa.scalar(begin)) & (time < pa.scalar(end)))
    if not rows.num_rows:
        return {}
    words = f"requests of {spec.id} in {window}"
    drawn = plot_traffic(words, summarise(rows, ["time"]), seconds, (begin, end))
    return {"over_time": MetadataValue.md(drawn)}


def plot_traffic(
    words: str, counted: pa.Table, seconds: int, span: tuple[datetime, datetime]
) -> str:
    """Draw requests, share of errors and latency over time as one image in Markdown.

    Args:
        words: what it shows.
        counted: ``time`` and the measures.
        seconds: from one ``time`` to the next; where one is missing nothing was asked for.
        span: begin and end of the axis of time.
    """
    step = timedelta(seconds=seconds)
    frame = counted.to_pandas().set_index("time").asfreq(f"{seconds}s")
    figure, (traffic, errors, latency) = new_figure(5, 3, span)
    figure.suptitle(f"{words}, every {duration(step)}", fontsize="medium")
    traffic.bar(frame.index, frame.requests.fillna(0), width=step, align="edge")
    traffic.set_ylabel("requests")
    # A point between gaps is no line: without a mark it could not be seen.
    errors.plot(frame.index, 100 * frame.errors / frame.requests, ".-", color="tab:red", ms=3)
    errors.set_ylabel("5xx, % of them")
    if frame.timed.sum():
        for name in PERCENTILES:
            latency.plot(frame.index, frame[name], ".-", ms=3, label=name.split("_")[1])
        above = {"loc": "lower left", "bbox_to_anchor": (0, 1)}
        latency.legend(ncols=len(PERCENTILES), frameon=False, **above)
    else:
        latency.text(0.5, 0.5, "the log does not say", ha="center", transform=latency.transAxes)
    latency.set_ylabel("time taken, ms")
    for axes in (traffic, errors, latency):
        axes.set_ylim(0, max(1, 1.05 * axes.get_ylim()[1]))
    return as_image(figure, words)
