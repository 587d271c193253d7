"""``daybook up``: database, web UI and daemon, from the first sync until Ctrl-C."""

import asyncio
import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.address import WebUI, choose_port
from pipelines.cli.checking import check_all
from pipelines.cli.children import Children, end_marked
from pipelines.cli.ending import end_work
from pipelines.cli.failures import code_of, complain
from pipelines.cli.following import FirstSync
from pipelines.cli.hints import typed
from pipelines.cli.home import announce_repository, keep_repository, prepare_home
from pipelines.cli.lock import UpRecord, hold_home
from pipelines.cli.opening import note, opened_store, read_settings
from pipelines.cli.progress import Watch
from pipelines.cli.runs import Run
from pipelines.cli.services import Services
from pipelines.cli.starting import heed_signals, running_children, running_server, start_dagster
from pipelines.cli.summary import print_summary
from pipelines.config import Settings
from pipelines.loading import refuse_url
from pipelines.pace import read_pace
from resources.opening import open_lake
from resources.stores.postgres.overview import read_overview
from sources.errors import ConfigError, CursorInvalidError, DaybookError


def up(
    *,
    repo: Annotated[
        Path | None, typer.Option("--repo", help="The git repository to read; default: this one.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, help="Of the web UI; default: 3000 or the next."),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Where the web UI listens.")] = "127.0.0.1",
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Show the first sync and a summary.")
    ] = True,
    once: Annotated[bool, typer.Option("--once", help="End after one sync.")] = False,
) -> None:
    """Start Daybook here: database, web UI and daemon, until Ctrl-C.

    Makes the state directory, starts the embedded PostgreSQL and Dagster, whose sensors make the
    first sync, shows how far it is, and prints what came in and where to look. Ctrl-C ends all
    of it; what was stored stays, and the next start goes on from there.

    Examples:
        daybook up
        daybook up --repo ~/src/project --port 3100
        daybook up --once
    """
    heed_signals()
    read_pace(os.environ)  # a mistake in it is said before anything starts
    settings = _settings(repo)
    home = prepare_home(settings.home)
    with ExitStack() as stack:
        killed = stack.enter_context(hold_home(home))
        count, _ = end_marked(home)
        if count:
            note(f"Ended {count} processes that an earlier start had left behind")
        announce_repository(settings, os.environ, note)
        _check_sources(settings)
        keep_repository(settings, os.environ)
        web = stack.enter_context(WebUI(host, choose_port(host, port, note)))
        UpRecord(pid=os.getpid(), url=web.url).write(home)
        stack.callback(UpRecord.remove, home, clean=True)  # though it ends before it has children
        url = stack.enter_context(running_server(settings))
        services = Services(settings=settings, dagster_url=url)
        children = stack.enter_context(running_children(services))
        began = time.time()
        start_dagster(services, children, web, heal=killed or count > 0)
        failed = _show_first_sync(settings, web, children, began, once=once) if wait or once else {}
        if not once:
            note(f"\nDaybook is at {web.url}   (Ctrl-C ends it)")
            _linger(children)
    if once and failed:
        remedy = f"Mend what is said above; to try again: {typed('up')}"
        complain(DaybookError(f"the first sync of {', '.join(failed)} failed", remedy=remedy))
        raise typer.Exit(code_of(next(iter(failed.values())).error))


def _settings(repo: Path | None) -> Settings:
    """Read the settings; a repository that was named takes the place of a configuration."""
    if repo is not None:
        refuse_url(str(repo), "--repo")
        os.environ["DAYBOOK_REPO"] = str(repo.expanduser().absolute())
    settings = read_settings()
    if repo is not None and settings.sources_path.is_file():
        raise ConfigError(
            f"--repo names one repository, and {settings.sources_path} others",
            remedy="Add the repository there, or run without --repo",
        )
    return settings


def _check_sources(settings: Settings) -> None:
    """Say now what is wrong with the sources; if all of them are, do not even begin.

    A cursor in the configuration that is of no use stops nothing: without it a sync begins anew.
    """
    failures = asyncio.run(check_all(settings.sources))
    wrong = [error for error in failures if error]
    lasting = [error for error in wrong if not isinstance(error, CursorInvalidError)]
    if lasting and len(lasting) == len(failures):
        for error in wrong[1:]:
            complain(error)
        raise wrong[0]
    for error in wrong:
        complain(error)


def _show_first_sync(
    settings: Settings, web: WebUI, children: Children, began: float, *, once: bool
) -> dict[str, Run]:
    """Follow the first sync to its end, and say what came of it.

    Returns:
        The sources that failed, as they are configured, and their runs.
    """
    with opened_store(settings) as store:
        with Watch() as watch:
            first = FirstSync(store=store, web=web, watch=watch, tend=children.watch, since=began)
            found = first.follow(settings.sources)
            if once:
                patience = read_pace(os.environ).max_runtime
                end_work(web, children, began, patience, watch.say)
            try:
                # Dagster would do it too, some time later; the summary says that it is there.
                open_lake(settings.lake_url).catch_up(
                    store, on_progress=lambda done, total: watch.show("lake", done, total, "file")
                )
            except DaybookError as error:
                complain(error)
        failed = {spec.id: found[spec.id] for spec in settings.sources if spec.id in found}
        print_summary(settings, read_overview(store.database), None if once else web.url)
        for source_id, run in failed.items():
            why = run.message or "its run does not say why"
            note(f"\nThe first sync of {source_id} failed: {why}")
            address = "" if once else run.address
            note("\n".join(f"  {line}" for line in (run.remedy, address) if line))
    return failed


def _linger(children: Children) -> None:
    """Watch over the processes until a person or a signal ends this."""
    try:
        while True:
            children.watch()
            time.sleep(1)
    except KeyboardInterrupt:
        return
