"""``daybook status``: what is held, how fresh it is, and what waits."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final

import typer

from pipelines.cli.answers import ServerAnswer, SourceStatusAnswer, StatusAnswer
from pipelines.cli.opening import opened_store, read_settings_to_look
from pipelines.cli.output import age, print_json, print_table
from pipelines.config import Settings
from pipelines.wording import counted
from resources.embedded import EmbeddedPostgres
from resources.stores.lake.places import lake_label
from resources.stores.postgres import PostgresStore
from resources.stores.report import StoredSource

_CONSUMERS: Final = {"announce": "Dagster", "lake": "the lake"}


def status(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show what is held, how fresh it is, and what waits.

    Examples:
        daybook status
        daybook status --json | jq '.sources[] | {id: .source_id, live}'
    """
    settings = read_settings_to_look()
    with opened_store(settings) as store:
        answer = _collect(settings, store)
    if json:
        print_json(answer)
    else:
        _show(answer)


def _collect(settings: Settings, store: PostgresStore) -> StatusAnswer:
    held = {source.source_id: source for source in store.sources()}
    configured = {spec.id: spec.type for spec in settings.sources}
    names = [*configured, *(name for name in held if name not in configured)]
    answer = partial(_describe, mistaken=settings.mistaken)
    return StatusAnswer(
        home=str(settings.home),
        lake=lake_label(settings.lake_url),
        server=_server(settings),
        search_ready=store.search_ready(),
        sources=[
            answer(name, configured.get(name), held.get(name), store.holder(name)) for name in names
        ],
    )


def _server(settings: Settings) -> ServerAnswer:
    if settings.database_url:
        return ServerAnswer(kind="external", running=True, pid=None, clients=None)
    found = EmbeddedPostgres(settings.home).status()
    return ServerAnswer(
        kind="embedded", running=found.running, pid=found.pid, clients=found.clients
    )


def _describe(
    source_id: str,
    configured: str | None,
    held: StoredSource | None,
    writer: str | None,
    *,
    mistaken: bool,
) -> SourceStatusAnswer:
    """Give what is held of a source; nothing where it was never read."""
    if held is None:
        return SourceStatusAnswer(
            source_id=source_id, source_type=configured, configured=True, writer=writer, dirty={}
        )
    state = held.state
    return SourceStatusAnswer(
        source_id=source_id,
        source_type=held.source_type,
        configured=None if mistaken else configured is not None,
        writer=writer,
        grain=held.grain,
        start=held.start,
        live=held.live,
        retracted=held.retracted,
        quarantined=held.quarantined,
        first=held.first,
        last=held.last,
        dirty=held.dirty,
        cursor=dict(state.cursor) if state and state.cursor is not None else None,
        epoch=state.epoch if state else None,
        synced_at=state.updated_at if state else None,
    )


def _show(answer: StatusAnswer) -> None:
    now = datetime.now(UTC)
    print_table(
        ("source", "type", "events", "retracted", "quarantine", "first", "last", "synced", "waits"),
        [_row(source, now) for source in answer.sources],
    )
    server = answer.server
    pid = f", process {server.pid}" if server.pid else ""
    print(f"\nserver  {server.kind}{pid}")
    print(f"home    {answer.home}")
    print(f"lake    {answer.lake}")
    print(f"search  {'complete' if answer.search_ready else 'index is built after a first load'}")


def _row(source: SourceStatusAnswer, now: datetime) -> tuple[object, ...]:
    synced = source.synced_at
    waits = ", ".join(
        f"{counted(count, 'window')} for {_CONSUMERS[who]}"
        for who, count in source.dirty.items()
        if count
    )
    if source.writer:
        waits = f"being written by {source.writer}" + (f"; {waits}" if waits else "")
    return (
        source.source_id + (" (not configured)" if source.configured is False else ""),
        source.source_type,
        source.live,
        source.retracted,
        source.quarantined,
        source.first,
        source.last,
        age(synced, now) if synced else "never",
        waits,
    )
