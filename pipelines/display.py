"""What people see of a source in the web UI: counts, a plot over time, the newest events.

Nothing of what anybody wrote: Dagster keeps what it is told for ever, and a text that the store
has to forget could not be taken out of its history.
"""

import base64
import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from dagster import MetadataValue, TableColumn, TableSchema

from pipelines.config import SourceSpec
from pipelines.sync import SyncResult
from resources.stores.base import STORED_SCHEMA, EpisodicStore, EventFilter
from sources import EpisodicEvent
from sources.event import table_events
from sources.windows import window_bounds

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NEWEST: Final = 10
"""Events in the preview."""

_SPANS: Final = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=31))
_MOST: Final = 20_000
_FEWEST: Final = 12
"""Windows for which a plot has room at least, so that one alone is no slab."""

_MEANINGS: Final = {
    "event_id": "Identity, made from source, kind and the origin's key.",
    "source_id": "The configured source.",
    "source_type": "Its type.",
    "kind": "What happened.",
    "occurred_at": "When, by the source's clock, UTC.",
    "utc_offset_minutes": "The actor's own offset from UTC, where the source says it.",
    "session_id": "What the event belongs together with.",
    "actor": "Who, as a name to show.",
    "actor_key": "The stable key behind the name.",
    "subject": "What it is about.",
    "scope": "Where: branch, channel, host.",
    "title": "One line, always present.",
    "body": "The full text.",
    "url": "Permalink.",
    "outcome": "How it ended, per kind.",
    "duration_ms": "How long it took, in milliseconds.",
    "additions": "Lines added.",
    "deletions": "Lines deleted.",
    "files_changed": "Number of files.",
    "files": "Path, old path, change letter, additions and deletions of each file.",
    "refs": "Links to other things, like git:<sha> or issue:ABC-12.",
    "attributes": "What only this kind has, a JSON object.",
    "revised_at": "When the source last changed the record, UTC.",
    "retracted_at": "When it was withdrawn, UTC; empty for live events.",
    "digest": "Hash of the content; empty for kinds that never change.",
    "observed_at": "When it was first stored, UTC.",
    "window": "The month or day that it belongs to.",
}
"""Each column's meaning in short; docs/events.md has it in full."""


def column_schema() -> TableSchema:
    """The columns of a stored event, as Dagster shows them."""
    return describe_columns(STORED_SCHEMA, _MEANINGS)


def describe_columns(schema: pa.Schema, meanings: Mapping[str, str]) -> TableSchema:
    """Give columns as Dagster shows them, each with what it means."""
    return TableSchema(
        columns=[
            TableColumn(name=field.name, type=str(field.type), description=meanings[field.name])
            for field in schema
        ]
    )


def describe_counts(result: SyncResult) -> dict[str, Any]:
    """What became of the records of a run."""
    report = result.report
    return {
        "new": report.new,
        "revised": report.revised,
        "unchanged": report.unchanged,
        "retracted": report.retracted,
        "quarantined": report.quarantined,
        "skipped_claims": list(report.skipped_claims),
        "seconds": round(result.seconds, 3),
    }


def describe_source(
    store: EpisodicStore, spec: SourceSpec, counts: Mapping[str, int]
) -> dict[str, Any]:
    """What the store holds of a source now.

    Args:
        store: where from.
        spec: which.
        counts: live events a window.
    """
    held: dict[str, Any] = {"dagster/row_count": sum(counts.values())}
    if not counts:
        return held
    newest = _read_newest(store, spec, max(counts))
    return {
        **held,
        "over_time": MetadataValue.md(plot(spec, counts)),
        "newest": MetadataValue.md(preview(newest)),
    }


def _read_newest(store: EpisodicStore, spec: SourceSpec, window: str) -> list[EpisodicEvent]:
    """Give the newest events of the last window that has any, without reading all of it."""
    begin, end = window_bounds(window, spec.grain)
    for span in _SPANS:
        since = max(begin, min(end, datetime.now(UTC)) - span)
        where = EventFilter(since=since, source=spec.id)
        found = store.count(where)
        if found > _MOST:
            return []
        if found >= NEWEST or since == begin:
            return table_events(store.get_events_table(where))[-NEWEST:][::-1]
    return []


def preview(events: list[EpisodicEvent]) -> str:
    """Put events into a Markdown table, one line each: when, what, and where to look for it."""
    lines = ["| when (UTC) | what | event_id |", "|---|---|---|"]
    for event in events:
        when = f"{event.occurred_at:%Y-%m-%d %H:%M}"
        lines.append(f"| {when} | {_escape(event.kind)} | {event.event_id} |")
    return "\n".join(lines)


def plot(spec: SourceSpec, counts: Mapping[str, int]) -> str:
    """Draw the number of events a window as an image in Markdown.

    The axis ends with the newest window; where there are few, it begins before the first of them.
    """
    bounds = [window_bounds(window, spec.grain) for window in counts]
    (begin, _), (newest, end) = min(bounds), max(bounds)
    begin = min(begin, end - _FEWEST * (end - newest))
    words = f"events of {spec.id} by {spec.grain}"
    figure, (axes,) = new_figure(2.2, 1, (begin, end))
    figure.suptitle(words, fontsize="medium")
    widths = [until - since for since, until in bounds]
    # An edge, so that a window is seen that is narrower than a point of the image.
    style = {"align": "edge", "color": "C0", "edgecolor": "C0", "linewidth": 0.5}
    axes.bar([since for since, _ in bounds], list(counts.values()), width=widths, **style)
    axes.set_ylabel("events")
    return as_image(figure, words)


def new_figure(
    height: float, plots: int, span: tuple[datetime, datetime]
) -> "tuple[Figure, list[Any]]":
    """Give a figure as wide as the page shows it, with plots over one axis of time, UTC.

    Args:
        height: inches.
        plots: how many, one above the other.
        span: begin and end of the axis, aware; the end itself, another day's begin, is not on it.
    """
    from matplotlib import dates, figure  # noqa: PLC0415 - a second that only a run may cost

    drawn = figure.Figure(figsize=(7, height), dpi=80, layout="constrained")
    found = list(drawn.subplots(plots, sharex=True, squeeze=False)[:, 0])
    untyped: Any = dates
    locator = untyped.AutoDateLocator()
    found[-1].xaxis.set_major_locator(locator)
    found[-1].xaxis.set_major_formatter(untyped.ConciseDateFormatter(locator))
    found[-1].set_xlabel("UTC")
    found[-1].set_xlim(span[0], span[1] - timedelta(seconds=1))
    return drawn, found


def as_image(figure: "Figure", words: str) -> str:
    """Put a figure into Markdown as an image."""
    image = io.BytesIO()
    figure.savefig(image, format="png")
    encoded = base64.b64encode(image.getvalue()).decode()
    return f"![{words}](data:image/png;base64,{encoded})"


def _escape(text: str) -> str:
    """Keep names of the outer world from being read as Markdown or HTML."""
    plain = text.replace("\n", " ").replace("&", "&amp;").replace("<", "&lt;")
    return "".join("\\" + char if char in r"\`*_[]()|!#" else char for char in plain)
