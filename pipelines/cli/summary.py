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


def print_summary(settings: Settings, overview: Overview, url: str) -> None:
    """Print totals, the busiest people and files, and the next things to try."""
    print()
    print("\n".join(summarise(overview)))
    lake = lake_label(settings.lake_url).rstrip("/")
    example = "select author, count(*) from commits group by 1 order by 2 desc limit 10"
    print()
    for word, text in (
        ("web UI", url),
        ("search", typed("search fix")),
        ("query", typed(f"query {shlex.quote(example)}")),
        ("psql", typed("psql")),
        ("pandas", f'pandas.read_parquet("{lake}/events")'),
    ):
        print(f"  {word:<8} {text}")


def summarise(overview: Overview) -> Iterator[str]:
    """Give the lines about what is held."""
    yield (
        f"{counted(overview.events, 'event')} ({counted(overview.commits, 'commit')}) by "
        f"{counted(overview.people, 'person', 'people')} in "
        f"{counted(overview.sessions, 'session')}"
    )
    if overview.first and overview.last:
        yield f"from {overview.first:%Y-%m-%d} to {overview.last:%Y-%m-%d}"
    if overview.quarantined:
        records = counted(overview.quarantined, "record")
        yield f"{records} in quarantine: {typed('quarantine list')}"
    yield from _chart("busiest people", overview.busiest_people)
    yield from _chart("busiest files", overview.busiest_files)


def _chart(title: str, counts: tuple[tuple[str, int], ...]) -> Iterator[str]:
    if not counts:
        return
    yield ""
    yield title
    most = counts[0][1]
    for name, count in counts:
        yield f"  {count:>8,} {bar(count, most, _BAR):<{_BAR}} {show(name)}"
