"""``daybook timeline``: how many events happened when, as bars of text."""

from collections import Counter
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

import pyarrow as pa
import typer

from pipelines.cli.answers import SpanAnswer
from pipelines.cli.choosing import (
    ActorOption,
    KindOption,
    SinceOption,
    SourceOption,
    UntilOption,
    choose,
)
from pipelines.cli.known import check_named
from pipelines.cli.opening import opened_store, read_settings_to_look
from pipelines.cli.output import bar, print_json

WIDTH: Final = 60
"""Signs of the longest bar."""


class Span(StrEnum):
    """How long a bar's time is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


_LABEL: Final = {
    Span.HOUR: "%Y-%m-%d %H:00",
    Span.DAY: "%Y-%m-%d",
    Span.WEEK: "%Y-%m-%d",
    Span.MONTH: "%Y-%m",
    Span.YEAR: "%Y",
}


def timeline(
    *,
    by: Annotated[Span, typer.Option("--by", help="How long a bar's time is, UTC.")] = Span.MONTH,
    since: SinceOption = None,
    until: UntilOption = None,
    source: SourceOption = None,
    kind: KindOption = None,
    actor: ActorOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Plot how many events happened when.

    Examples:
        daybook timeline
        daybook timeline --by day --since 30d
        daybook timeline --by year --kind git.commit --json
    """
    where = choose(since, until, source, kind, actor)
    settings = read_settings_to_look()
    with opened_store(settings) as store:
        check_named(settings, store, where)
        counts = store.timeline(where, grain=by.value)
    if json:
        print_json([SpanAnswer(**row) for row in counts.to_pylist()])
    elif not counts.num_rows:
        print("Nothing found.")
    else:
        print("\n".join(draw(counts, by)))


def draw(counts: pa.Table, by: Span) -> list[str]:
    """Draw a line for each span of time that has events; a gap is one line of dots."""
    totals: Counter[datetime] = Counter()
    for row in counts.select(["bucket", "events"]).to_pylist():
        totals[row["bucket"]] += row["events"]
    most = max(totals.values())
    lines = []
    previous: datetime | None = None
    for moment in sorted(totals):
        if previous is not None and _is_gap(previous, moment, by):
            lines.append("⋮")
        lines.append(
            f"{moment.astimezone(UTC).strftime(_LABEL[by])}  {totals[moment]:>9,}  "
            f"{bar(totals[moment], most, WIDTH)}"
        )
        previous = moment
    return lines


def _is_gap(earlier: datetime, later: datetime, by: Span) -> bool:
    days: dict[Span, float] = {Span.HOUR: 1 / 24, Span.DAY: 1, Span.WEEK: 7, Span.MONTH: 31}
    return (later - earlier).total_seconds() > days.get(by, 366) * 86_400
