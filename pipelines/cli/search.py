"""``daybook search`` and ``daybook sessions``: events by words, and what belongs together."""

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Annotated, Final

import pyarrow as pa
import typer

from pipelines.cli.choosing import (
    ActorOption,
    KindOption,
    SinceOption,
    SourceOption,
    UntilOption,
    choose,
)
from pipelines.cli.hints import typed
from pipelines.cli.known import check_named
from pipelines.cli.opening import note, opened_store, read_settings_to_look
from pipelines.cli.output import print_json, print_table
from resources.stores.base import ANY, EpisodicStore, EventFilter
from resources.stores.postgres.overview import Session, list_sessions
from resources.stores.traffic import REQUEST_KIND
from sources.errors import ConfigError
from sources.event import table_events

LimitOption = Annotated[int, typer.Option("--limit", min=1, help="At most so many.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_REQUESTS = (
    'query "select occurred_at, status, method, path from requests order by 1 desc limit 20"'
)

_LISTED: Final = 20

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("search", context_settings={"ignore_unknown_options": True})
def search(
    words: Annotated[
        list[str],
        typer.Argument(metavar="WORD", help='Words, "a phrase", -without; or between.'),
    ],
    *,
    since: SinceOption = None,
    until: UntilOption = None,
    source: SourceOption = None,
    kind: KindOption = None,
    actor: ActorOption = None,
    limit: LimitOption = 20,
    json: JsonOption = False,
) -> None:
    """Find events by words, best first.

    Requests to a service are not among them: `daybook query` finds those, in the view requests.

    Examples:
        daybook search memory leak
        daybook search cache -test
        daybook search '"race condition" -test' --kind 'git.*' --since 2024
        daybook search deploy --actor ada --limit 5 --json
    """
    _refuse_options(words)
    where = choose(since, until, source, kind, actor)
    settings = read_settings_to_look()
    with opened_store(settings) as store:
        check_named(settings, store, where)
        found = store.search_table(" ".join(words), where, limit=limit)
        ready = store.search_ready()
        unsearched = not found.num_rows and _means_requests(store, where)
    if unsearched:
        note(f"Requests are not searched by words; to list them: {typed(_REQUESTS)}")
    if not ready:
        note("The search index is still being built: what is shown here may not be all.")
    if json:
        print_json(table_events(found))
    elif not found.num_rows:
        print("Nothing found.")
    else:
        _show(found)


def sessions(
    session_id: Annotated[
        str | None, typer.Argument(metavar="SESSION", help="Show the events of this one.")
    ] = None,
    *,
    since: SinceOption = None,
    until: UntilOption = None,
    source: SourceOption = None,
    kind: KindOption = None,
    actor: ActorOption = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="At most so many; default: 20, of one session all."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """List sessions, newest first, or show one.

    A session is what belongs together: a thread, a pull request, a person's day in a repository.

    Examples:
        daybook sessions --since 7d
        daybook sessions --actor ada@example.org --json
        daybook sessions 'ada@example.org 2024-03-09'
    """
    where = choose(since, until, source, kind, actor)
    if session_id is not None and where != ANY:
        raise ConfigError(
            "--since, --until, --source, --kind and --actor choose among sessions, not within one",
            remedy="Leave them out, or leave out SESSION",
        )
    settings = read_settings_to_look()
    with opened_store(settings) as store:
        check_named(settings, store, where)
        if session_id is None:
            found_sessions = list_sessions(store.database, where, limit=limit or _LISTED)
            _show_sessions(found_sessions, as_json=json)
            return
        found = store.get_session_table(session_id).slice(0, limit)
    if not found.num_rows:
        raise ConfigError(
            f"no events of a session {session_id!r}", remedy="`daybook sessions` lists them"
        )
    if json:
        print_json(table_events(found))
    else:
        _show(found)


def _means_requests(store: EpisodicStore, where: EventFilter) -> bool:
    """Say whether requests would be among the events that are meant, were they searched."""
    if not fnmatchcase(REQUEST_KIND, where.kind or "*"):
        return False
    return bool(store.get_events_table(replace(where, kind=REQUEST_KIND), limit=1).num_rows)


def _refuse_options(words: Sequence[str]) -> None:
    """Tell a mistyped option from a word that shall not occur, like ``-test``."""
    for word in words:
        if word.startswith("--"):
            raise ConfigError(f"no such option: {word}", remedy="`daybook search --help` lists all")


def _show_sessions(rows: Sequence[Session], *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
    elif not rows:
        print("Nothing found.")
    else:
        names = ("last", "events", "people", "source_id", "session_id", "title")
        print_table(names, [[getattr(row, name) for name in names] for row in rows])


def _show(events: pa.Table) -> None:
    names = ("occurred_at", "source_id", "kind", "actor", "title", "subject")
    rows = events.select(names).to_pylist()
    print_table(
        ("when (UTC)", *names[1:]),
        [[*(row[name] for name in names[:-1]), _shorten(row["subject"])] for row in rows],
    )


def _shorten(subject: str) -> str:
    """Cut a commit id to what people write."""
    is_commit = len(subject) in {40, 64} and set(subject) <= set("0123456789abcdef")
    return subject[:12] if is_commit else subject
