"""What came in, and where to look: printed when the first sync is done."""

import shlex
from collections.abc import Iterator

from pipelines.cli.hints import typed
from pipelines.cli.output import bar, show
from pipelines.config import Settings
from pipelines.wording import counted
from resources.stores.lake.places import lake_label
from resources.stores.postgres.overview import Overview

_BAR = 24
_COMMITS = "select author, count(*) from commits group by 1 order by 2 desc limit 10"
_CHANNELS = "select channel, count(*) from messages group by 1 order by 2 desc limit 10"
_FAILURES = (
    "select occurred_at, status, method, path from requests where outcome = 'failure' "
    "order by 1 desc limit 10"
)


def print_summary(settings: Settings, overview: Overview, url: str | None) -> None:
    """Print totals, who and what is busiest, and the next things to try.

    Args:
        settings: where the lake is.
        overview: what there is.
        url: of the web UI, if it stays.
    """
    print()
    print("\n".join(summarise(overview)))
    lake = lake_label(settings.lake_url).rstrip("/")
    print()
    for word, text in (
        *([("web UI", url)] if url else ()),
        *_examples(overview),
        ("psql", typed("psql")),
        ("pandas", f'pandas.read_parquet("{lake}/events")'),
    ):
        print(f"  {word:<8} {text}")


def summarise(overview: Overview) -> Iterator[str]:
    """Give the lines about what is held."""
    yield _totals(overview)
    if overview.first and overview.last:
        yield f"from {overview.first:%Y-%m-%d} to {overview.last:%Y-%m-%d}"
    if overview.quarantined:
        records = counted(overview.quarantined, "record")
        yield f"{records} in quarantine: {typed('quarantine list')}"
    yield from _chart("busiest people", overview.busiest_people)
    yield from _chart("busiest files", overview.busiest_files)
    yield from _chart("busiest channels", overview.busiest_channels)
    yield from _chart("busiest routes", overview.busiest_routes)
    yield from _chart("routes with most failures (status 500 on)", overview.failing_routes)


def _totals(overview: Overview) -> str:
    """Say how much there is, in words that fit what there is."""
    kinds = _named(
        (overview.commits, "commit", ""),
        (overview.messages, "message", ""),
        (overview.requests, "request", ""),
    )
    actors = _named((overview.people, "person", "people"), (overview.clients, "client", ""))
    return "".join(
        (
            counted(overview.events, "event"),
            f" ({', '.join(kinds)})" if kinds else "",
            f" by {' and '.join(actors)}" if actors else "",
            f" in {counted(overview.sessions, 'session')}" if overview.sessions else "",
        )
    )


def _named(*counts: tuple[int, str, str]) -> list[str]:
    return [counted(count, one, many) for count, one, many in counts if count]


def _examples(overview: Overview) -> Iterator[tuple[str, str]]:
    """Give commands that find something in what there is."""
    if overview.events > overview.requests or not overview.requests:
        yield "search", typed("search fix")
    if overview.commits or not (overview.requests or overview.messages):
        yield "query", typed(f"query {shlex.quote(_COMMITS)}")
    if overview.messages:
        yield "query", typed(f"query {shlex.quote(_CHANNELS)}")
    if overview.requests:
        yield "query", typed(f"query {shlex.quote(_FAILURES)}")


def _chart(title: str, counts: tuple[tuple[str, int], ...]) -> Iterator[str]:
    if not counts:
        return
    yield ""
    yield title
    most = counts[0][1]
    for name, count in counts:
        yield f"  {count:>8,} {bar(count, most, _BAR):<{_BAR}} {show(name)}"
