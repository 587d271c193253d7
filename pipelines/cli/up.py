"""``daybook up``: database, web UI and daemon, from the first sync until Ctrl-C."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from pipelines.cli.address import WebUI, choose_port
from pipelines.cli.checking import check_all
from pipelines.cli.children import Children, end_marked
from pipelines.cli.failures import complain
from pipelines.cli.following import follow_first_sync
from pipelines.cli.home import prepare_home
from pipelines.cli.lock import UpRecord, hold_home
from pipelines.cli.opening import note, opened_store, read_settings
from pipelines.cli.progress import Watch
from pipelines.cli.services import Services
from pipelines.cli.summary import print_summary
from pipelines.config import Settings
from pipelines.instance import write_instance
from resources.dagster_storage import prepare_dagster_storage
from resources.embedded import EmbeddedPostgres
from resources.stores.postgres.overview import read_overview
from sources.errors import ConfigError, UnavailableError

START_SECONDS: Final = 180.0
"""How long the web UI may take until it answers."""

_POLL_SECONDS: Final = 0.2
_IMPORT_FAILED: Final = "Error: Encountered"
_STOP_SECONDS: Final = 5.0


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
    once: Annotated[bool, typer.Option("--once", help="End after the first sync.")] = False,
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
    settings = _settings(repo)
    home = prepare_home(settings.home)
    with hold_home(home), ExitStack() as stack:
        if count := end_marked(home):
            note(f"Ended {count} processes that an earlier start had left behind")
        _check_sources(settings)
        web = stack.enter_context(WebUI(host, choose_port(host, port, note)))
        UpRecord(pid=os.getpid(), url=web.url).write(home)
        services = Services(settings=settings, dagster_url=stack.enter_context(_server(settings)))
        children = stack.enter_context(_children(home))
        _start(services, children, web)
        if wait or once:
            _show_first_sync(settings, web, children)
        note(f"\nDaybook is at {web.url}   (Ctrl-C ends it)")
        if not once:
            _linger(children)


def _settings(repo: Path | None) -> Settings:
    """Read the settings; a repository that was named takes the place of a configuration."""
    if repo is not None:
        os.environ["DAYBOOK_REPO"] = str(repo.expanduser().absolute())
    settings = read_settings()
    if repo is not None and settings.sources_path.is_file():
        raise ConfigError(
            f"--repo names one repository, and {settings.sources_path} others",
            remedy="Add the repository there, or run without --repo",
        )
    return settings


def _check_sources(settings: Settings) -> None:
    """Say now what is wrong with the sources; if all of them are, do not even begin."""
    failures = asyncio.run(check_all(settings.sources))
    wrong = [error for error in failures if error]
    if wrong and len(wrong) == len(failures):
        for error in wrong[1:]:
            complain(error)
        raise wrong[0]
    for error in wrong:
        complain(error)


@contextmanager
def _server(settings: Settings) -> Iterator[str]:
    """Have PostgreSQL run, and give the URL of Dagster's own storage in it."""
    if settings.database_url:
        yield prepare_dagster_storage(settings.database_url)
        return
    embedded = EmbeddedPostgres(settings.home, report=note)
    try:
        with embedded.hold() as server:
            yield server.url("dagster", scheme="postgresql+psycopg2")
    finally:
        if not _await(embedded.stop, _STOP_SECONDS):
            note("PostgreSQL stays: somebody else uses it; `daybook stop` ends it")


@contextmanager
def _children(home: Path) -> Iterator[Children]:
    """Give the keeper of the processes; end all of them, whatever happens."""
    children = Children(home, note)
    try:
        yield children
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        note("\nEnding the daemon, the web UI and what they started")
        children.stop()


def _start(services: Services, children: Children, web: WebUI) -> None:
    """Start Dagster; come back when its web UI answers and has loaded the definitions.

    All at once: web server and daemon find the code server as soon as it is there.
    """
    write_instance(services.settings.home)
    services.write_workspace()
    services.socket.unlink(missing_ok=True)
    for plan in (
        services.code_server(),
        services.web_server(web.host, web.port),
        services.daemon(),
    ):
        children.start(plan)

    def ready() -> bool:
        if dead := children.dead():
            raise UnavailableError(
                f"the {dead.name} ended while it was starting", remedy=f"{dead.log} says why"
            )
        complaint = web.complaint() if web.answers() else "the web server does not answer"
        if complaint and _IMPORT_FAILED in complaint:
            raise ConfigError(f"the definitions cannot be loaded: {complaint}")
        return complaint is None

    if not _await(ready, START_SECONDS):
        raise UnavailableError(
            f"the web UI does not answer after {START_SECONDS:.0f} s",
            remedy=f"The logs are in {services.settings.home / 'logs'}",
        )


def _await(done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _show_first_sync(settings: Settings, web: WebUI, children: Children) -> None:
    with opened_store(settings) as store:
        with Watch() as watch:
            failed = follow_first_sync(store, settings.sources, web, watch, children.watch)
        for source_id, address in failed.items():
            note(f"{source_id}: the first sync failed, and is tried again: {address}")
        print_summary(settings, read_overview(store.database), web.url)


def _linger(children: Children) -> None:
    """Watch over the processes until a person or a signal ends this."""
    try:
        while True:
            children.watch()
            time.sleep(1)
    except KeyboardInterrupt:
        return
