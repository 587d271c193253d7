"""``daybook status``: what is held, how fresh it is, and what waits."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from pipelines.cli.opening import opened_store, read_settings
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
    settings = read_settings()
    with opened_store(settings) as store:
        answer = _collect(settings, store)
    if json:
        print_json(answer)
    else:
        _show(answer)


def _collect(settings: Settings, store: PostgresStore) -> dict[str, Any]:
    held = {source.source_id: source for source in store.sources()}
    configured = {spec.id: spec.type for spec in settings.sources}
    names = [*configured, *(name for name in held if name not in configured)]
    return {
        "home": str(settings.home),
        "lake": lake_label(settings.lake_url),
        "server": _server(settings),
        "search_ready": store.search_ready(),
        "sources": [
            {
                "configured": name in configured,
                "source_id": name,
                "source_type": configured.get(name),
                "writer": store.holder(name),
                **_describe(held.get(name)),
            }
            for name in names
        ],
    }


def _server(settings: Settings) -> dict[str, Any]:
    if settings.database_url:
        return {"kind": "external", "running": True, "pid": None, "clients": None}
    found = EmbeddedPostgres(settings.home).status()
    return {
        "kind": "embedded",
        "running": found.running,
        "pid": found.pid,
        "clients": found.clients,
    }


def _describe(source: StoredSource | None) -> dict[str, Any]:
    """Give what is held of a source; nothing where it was never read."""
    if source is None:
        return {"live": 0, "retracted": 0, "quarantined": 0, "dirty": {}, "cursor": None}
    facts = asdict(source)
    state = source.state
    del facts["state"]
    return {
        **facts,
        "cursor": state.cursor if state else None,
        "epoch": state.epoch if state else None,
        "synced_at": state.updated_at if state else None,
    }


def _show(answer: Mapping[str, Any]) -> None:
    now = datetime.now(UTC)
    print_table(
        ("source", "type", "events", "retracted", "quarantine", "first", "last", "synced", "waits"),
        [_row(source, now) for source in answer["sources"]],
    )
    server = answer["server"]
    pid = f", process {server['pid']}" if server["pid"] else ""
    print(f"\nserver  {server['kind']}{pid}")
    print(f"home    {answer['home']}")
    print(f"lake    {answer['lake']}")
    print(f"search  {'complete' if answer['search_ready'] else 'index is being built'}")


def _row(source: Mapping[str, Any], now: datetime) -> tuple[object, ...]:
    synced = source.get("synced_at")
    waits = ", ".join(
        f"{counted(count, 'window')} for {_CONSUMERS[who]}"
        for who, count in source["dirty"].items()
        if count
    )
    if source["writer"]:
        waits = f"being written by {source['writer']}" + (f"; {waits}" if waits else "")
    return (
        source["source_id"] + ("" if source["configured"] else " (not configured)"),
        source["source_type"],
        source["live"],
        source["retracted"],
        source["quarantined"],
        source.get("first"),
        source.get("last"),
        age(synced, now) if synced else "never",
        waits,
    )
