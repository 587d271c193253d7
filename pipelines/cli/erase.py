"""``daybook erase``: what a person wrote is forgotten, and kept out of whatever comes later."""

import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from pipelines.cli.answers import ErasedAnswer, ErasureAnswer, LiftedAnswer
from pipelines.cli.known import check_source, held_sources
from pipelines.cli.opening import note, opened_store, read_settings
from pipelines.cli.output import print_json, print_table
from pipelines.cli.progress import Watch
from pipelines.config import Settings
from pipelines.wording import counted
from resources.opening import open_lake
from resources.stores.erasing import ActorFound, ErasureReport
from resources.stores.postgres import PostgresStore
from sources.errors import ConfigError

KEPT: Final = (
    "what others wrote about the person, or with the person as committer or co-author",
    "titles of the person's issues and pull requests in rows of those who closed or merged them",
    "text under another key of the same person",
    "of each row its id, kind, times, outcome and numbers, and a subject or scope that is one word",
    "backups, dumps and older versions of files, wherever they are",
    "the sources themselves, and copies of remote repositories under cache/ in the home",
    "logs, PostgreSQL's write-ahead log until it is recycled, errors in Dagster's history of runs",
)
"""What an erasure leaves, in words."""

_SHOWN: Final = 10


def erase(
    *,
    actor: Annotated[
        str | None,
        typer.Option("--actor", metavar="KEY", help="Whose: e-mail, login, user id or address."),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="ID", help="In one source only.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be erased.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="List what was erased.")] = False,
    lift: Annotated[
        bool, typer.Option("--lift", help="Keep the person's text out no longer.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Erase what a person wrote, and keep it out from now on.

    Events, earlier contents, files' names, bad records in quarantine and the Parquet files
    lose the person's text, names and address; counts, times and kinds stay, under a pseudonym.
    What sources give later comes in the same way. Interrupted, the same command goes on. The
    page about privacy says what is left, and what no command can reach.

    Examples:
        daybook erase --actor ada@example.org --dry-run
        daybook erase --actor ada@example.org --yes
        daybook erase --actor 192.0.2.7 --source shop-web
        daybook erase --list
        daybook erase --lift --actor ada@example.org
    """
    if listing == (actor is not None) or (lift and dry_run) or (listing and (lift or dry_run)):
        raise ConfigError(
            "what to do is not clear", remedy="Give --actor KEY, with --lift or not; or --list"
        )
    settings = read_settings()
    with Watch() as watch, opened_store(settings) as store:
        check_source(settings, source, lambda: held_sources(store))
        if actor is None:
            _list(store, source, as_json=json)
        elif lift:
            _lift(settings, store, actor, source, as_json=json)
        else:
            key = _find_key(store, actor, source)
            counts = store.count_erasable(key, source)
            files = 0
            if not dry_run:
                if not yes:
                    _confirm(key, source, counts)
                counts, files = _erase(settings, store, key, source, watch)
    if actor is not None and not lift:
        _tell(source, counts, None if dry_run else files, as_json=json)


def _find_key(store: PostgresStore, actor: str, source: str | None) -> str:
    """Give the key that ``actor`` is, or the one that it is shown for.

    Raises:
        ConfigError: it means nobody, or several.
    """
    if any(item.pseudonym == actor for item in store.erasures()):
        raise ConfigError(f"{actor} is erased", remedy="`daybook erase --list` says when")
    found = store.find_actors(actor, source)
    if any(item.actor_key == actor for item in found):
        return actor
    if len(found) == 1:
        note(f"{actor!r} means the key {found[0].actor_key}.")
        return found[0].actor_key
    if found:
        raise ConfigError(
            f"{actor!r} may mean any of {len(found)} keys:\n{_describe(found)}",
            remedy="Name one key; each is erased on its own",
        )
    if store.count_erasable(actor, source).total or store.knows_erased(actor):
        return actor
    raise ConfigError(
        f"nothing is held of {actor!r}",
        remedy="`daybook search --actor NAME WORDS` shows events; their actor_key is what to name",
    )


def _describe(found: Sequence[ActorFound]) -> str:
    lines = [
        f"  {item.actor_key}: {counted(item.events, 'event')} in {', '.join(item.sources)}"
        for item in found[:_SHOWN]
    ]
    more = len(found) - _SHOWN
    return "\n".join([*lines, *([f"  and {more} more"] if more > 0 else [])])


def _confirm(key: str, source: str | None, counts: ErasureReport) -> None:
    """Ask a person, who has to be there; anything but a yes is none."""
    where = f" in {source}" if source else ""
    sure = False
    if sys.stdin.isatty():
        try:
            sure = typer.confirm(
                f"Erase what {key} wrote{where} ({_count(counts)})? It cannot be undone.", err=True
            )
        except typer.Abort:
            note("")
    if not sure:
        raise ConfigError("nobody said yes: nothing is erased", remedy="Answer y, or add --yes")


def _count(counts: ErasureReport) -> str:
    return ", ".join(
        (
            counted(counts.events, "event"),
            counted(counts.revisions, "earlier content"),
            counted(counts.quarantined, "bad record"),
        )
    )


def _erase(
    settings: Settings, store: PostgresStore, key: str, source: str | None, watch: Watch
) -> tuple[ErasureReport, int]:
    """Erase in the store, then draw the files anew, then clear what is left behind."""
    report = store.erase(
        key,
        source,
        on_progress=lambda done, total: watch.show("erasing", done, total),
        on_wait=watch.say_once,
    )
    lake = open_lake(settings.lake_url)
    lake.note_erasures(store)
    files = lake.catch_up(
        store, source, on_progress=lambda done, total: watch.show("lake", done, total, "file")
    )
    store.clear_erased()
    return report, len(files)


def _tell(source: str | None, counts: ErasureReport, files: int | None, *, as_json: bool) -> None:
    if as_json:
        print_json(
            ErasedAnswer(
                pseudonym=counts.pseudonym or None,
                source_id=source,
                events=counts.events,
                revisions=counts.revisions,
                quarantined=counts.quarantined,
                files=files or 0,
                kept=list(KEPT),
            )
        )
        return
    if files is None:
        print(f"Would be erased: {_count(counts)}.")
    else:
        print(f"Erased: {_count(counts)}; {counted(files, 'file')} drawn anew.")
        print(f"In the rows stands {counts.pseudonym}; what comes later is kept out too.")
    print("\nNot erased:")
    print("\n".join(f"  {words}" for words in KEPT))


def _list(store: PostgresStore, source: str | None, *, as_json: bool) -> None:
    rows = [
        ErasureAnswer(
            pseudonym=item.pseudonym,
            source_id=item.source_id,
            erased_at=item.erased_at,
            finished_at=item.finished_at,
        )
        for item in store.erasures()
        if source in (None, item.source_id)
    ]
    if as_json:
        print_json(rows)
    elif not rows:
        print("Nobody is erased.")
    else:
        print_table(
            ("who", "source", "asked for", "done"),
            [
                (row.pseudonym, row.source_id or "all", row.erased_at, row.finished_at)
                for row in rows
            ],
        )
        if any(row.finished_at is None for row in rows):
            print("\nWhat is not done was interrupted: erase the same key again.")


def _lift(
    settings: Settings, store: PostgresStore, actor: str, source: str | None, *, as_json: bool
) -> None:
    lifted = store.lift_erasure(actor, source)
    if not lifted:
        raise ConfigError(
            f"{actor!r} is not erased" + (f" in {source} alone" if source else ""),
            remedy="`daybook erase --list` lists who is; name the key, or the pseudonym",
        )
    open_lake(settings.lake_url).note_erasures(store)
    if as_json:
        print_json(LiftedAnswer(lifted=lifted))
        return
    print(f"Lifted: {counted(lifted, 'erasure')}.")
    note(
        "What is blank stays so until its source gives it again: `daybook refresh` reads windows "
        "whole. Requests never change, so they stay blank."
    )
