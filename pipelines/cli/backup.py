"""``daybook backup`` and ``daybook restore``."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.home import prepare_home
from pipelines.cli.opening import note, opened_store, read_settings
from pipelines.cli.output import print_json
from pipelines.config import Settings
from pipelines.wording import counted
from resources.embedded import EmbeddedPostgres
from resources.opening import open_lake
from resources.stores.postgres import backup as write_backup
from resources.stores.postgres import restore_backup
from sources.errors import ConfigError, StoreError

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; it is replaced whole.")],
    *,
    json: JsonOption = False,
) -> None:
    """Write the whole database to one file.

    Everything in the schema `daybook`: events, revisions, quarantine, progress. The format is
    that of `pg_dump --format=custom`.

    Examples:
        daybook backup events.dump
    """
    settings = read_settings()
    with opened_store(settings):
        pass  # brings the schema up to date first, so that the file is of this version
    try:
        path = write_backup(_url(settings), file.absolute())
        size = path.stat().st_size
    except OSError as error:
        raise StoreError(
            f"{file} cannot be written: {error.strerror}", remedy="Name another place"
        ) from error
    if json:
        print_json({"file": str(path), "bytes": size})
    else:
        print(f"{path}: {size / 1024:,.0f} kB")


def restore(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="What `daybook backup` wrote.")
    ] = None,
    *,
    lake: Annotated[
        bool, typer.Option("--lake", help="Take the current events from the Parquet files.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Put a backup, or the events of the lake, into the database.

    A backup goes into a database that holds no events. The lake holds the events that stand;
    what was withdrawn, earlier revisions, quarantine and progress are not in it, so the next
    sync reads each source from its beginning, which changes nothing that is there already.

    Examples:
        daybook restore events.dump
        daybook restore --lake
    """
    if (file is None) != lake:
        raise ConfigError(
            "what to restore is not clear", remedy="Name a backup's FILE, or give --lake"
        )
    settings = read_settings()
    counts = _from_lake(settings) if file is None else _from_file(settings, file)
    if json:
        print_json({"restored": counts})
        return
    for source_id, count in counts.items():
        print(f"{source_id}: {counted(count, 'event')}")
    if lake:
        note(
            "Withdrawn events, revisions, quarantine and progress are not in the lake: "
            "the next sync reads each source from its beginning."
        )


def _from_file(settings: Settings, file: Path) -> dict[str, int]:
    prepare_home(settings.home)
    restore_backup(_url(settings), file.absolute())
    with opened_store(settings) as store:
        return {source.source_id: source.live for source in store.sources()}


def _from_lake(settings: Settings) -> dict[str, int]:
    with opened_store(settings) as store:
        return open_lake(settings.lake_url).restore(store)


def _url(settings: Settings) -> str:
    return settings.database_url or EmbeddedPostgres(settings.home).ensure_running().url("daybook")
