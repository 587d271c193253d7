"""``daybook backup`` and ``daybook restore``."""

from pathlib import Path
from typing import Annotated, Final

import typer

from pipelines.cli.answers import BackupAnswer, RestoredAnswer
from pipelines.cli.home import prepare_home
from pipelines.cli.opening import (
    note,
    opened_store,
    owner_url,
    read_settings,
    read_settings_to_look,
)
from pipelines.cli.output import print_json
from pipelines.config import Settings
from pipelines.wording import counted
from resources.opening import open_lake
from resources.stores.postgres import backup as write_backup
from resources.stores.postgres import restore_backup
from sources.errors import ConfigError

_MAGIC: Final = b"PGDMP"
"""What a file of ``pg_dump --format=custom`` begins with."""

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
    settings = read_settings_to_look()
    _refuse_unwritable(file.absolute())
    with opened_store(settings):
        pass  # brings the schema up to date first, so that the file is of this version
    try:
        path = write_backup(owner_url(settings), file.absolute())
        size = path.stat().st_size
    except OSError as error:
        raise _unwritable(file, error) from error
    if json:
        print_json(BackupAnswer(file=str(path), bytes=size))
    else:
        print(f"{path}: {size / 1024:,.0f} kB")


def restore(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="What `daybook backup` wrote.")
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
        print_json(RestoredAnswer(restored=counts))
        return
    for source_id, count in counts.items():
        print(f"{source_id}: {counted(count, 'event')}")
    if lake:
        note(
            "Withdrawn events, revisions, quarantine and progress are not in the lake: "
            "the next sync reads each source from its beginning."
        )


def _from_file(settings: Settings, file: Path) -> dict[str, int]:
    _refuse_other_files(file)
    prepare_home(settings.home)
    restore_backup(owner_url(settings), file.absolute())
    with opened_store(settings) as store:
        return {source.source_id: source.live for source in store.sources()}


def _refuse_unwritable(file: Path) -> None:
    """See that a backup can be written there, before a server is started for it."""
    trial = file.with_name(f".{file.name}.part")
    try:
        if file.is_dir():
            raise ConfigError(
                f"{file} is a directory", remedy=f"Name a file, such as {file / 'events.dump'}"
            )
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(file: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"{file} cannot be written: {error.strerror}",
        remedy="Name a file in a directory that exists and can be written",
    )


def _refuse_other_files(file: Path) -> None:
    """See that it is a backup by its first bytes, before anything is asked of the database."""
    remedy = "Name a file that `daybook backup` wrote"
    try:
        with file.open("rb") as content:
            begins = content.read(len(_MAGIC))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}", remedy=remedy) from error
    if begins != _MAGIC:
        raise ConfigError(f"{file} is no backup of Daybook", remedy=remedy)


def _from_lake(settings: Settings) -> dict[str, int]:
    with opened_store(settings) as store:
        return open_lake(settings.lake_url).restore(store)
