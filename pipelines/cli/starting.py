"""PostgreSQL and Dagster brought up together, and ended together."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import TimeoutExpired
from types import FrameType
from typing import Final

from pipelines.cli.address import WebUI
from pipelines.cli.children import Children
from pipelines.cli.hints import typed
from pipelines.cli.lock import UpRecord, forget_unclean
from pipelines.cli.opening import note
from pipelines.cli.services import Services
from pipelines.config import Settings
from pipelines.instance import write_instance
from pipelines.pace import read_pace
from resources.dagster_storage import prepare_dagster_storage
from resources.embedded import EmbeddedPostgres
from sources.errors import ConfigError, UnavailableError

START_SECONDS: Final = 180.0
"""How long the web UI may take until it answers."""

_POLL_SECONDS: Final = 0.2
_STOP_SECONDS: Final = 5.0
_HEAL_SECONDS: Final = 60.0
_IMPORT_FAILED: Final = "Error: Encountered"


def heed_signals() -> None:
    """Let the first of the ending signals end this, and no further one disturb the end.

    A script without job control starts what it ends with `&` deaf to Ctrl-C; `daybook up` heeds
    it all the same, since nothing else would end what it has started.
    """

    def interrupt(_: int, __: FrameType | None) -> None:
        ignore_signals()
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)


def ignore_signals() -> None:
    """Let the end, which takes seconds, be done to its last step."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def running_server(settings: Settings) -> Iterator[str]:
    """Have PostgreSQL run, and give the URL of Dagster's own storage in it.

    The embedded server ends with this, unless somebody else uses it.
    """
    if settings.database_url:
        yield prepare_dagster_storage(settings.database_url)
        return
    note("Starting PostgreSQL")
    embedded = EmbeddedPostgres(settings.home, report=note)
    try:
        with embedded.hold() as server:
            yield server.url("dagster", scheme="postgresql+psycopg2")
    finally:
        if not _await(embedded.stop, _STOP_SECONDS):
            note(f"PostgreSQL stays, somebody else uses it; to end it later: {typed('stop')}")


@contextmanager
def running_children(services: Services) -> Iterator[Children]:
    """Give the keeper of the processes; end all of them, whatever happens, and clear up."""
    home = services.settings.home
    children = Children(home, note)
    try:
        yield children
    finally:
        ignore_signals()
        note("\nEnding the daemon, the web UI and what they started")
        UpRecord.remove(home, clean=children.stop())
        services.clear()


def start_dagster(services: Services, children: Children, web: WebUI, *, heal: bool) -> None:
    """Start Dagster; come back when its web UI answers and has loaded the definitions.

    All at once: web server and daemon find the code server as soon as it is there.

    Raises:
        ConfigError: the definitions cannot be loaded.
        UnavailableError: it does not come up.
    """
    note("Starting Dagster: code server, daemon and web UI")
    write_instance(services.settings.home, read_pace(os.environ).keep.days)
    services.prepare()
    healer = children.run(services.healer()) if heal else None
    children.start(services.code_server())
    children.start(services.web_server(web.host, web.port))
    children.start(services.daemon())
    if not _await(lambda: _is_ready(children, web), START_SECONDS):
        raise UnavailableError(
            f"the web UI does not answer after {START_SECONDS:.0f} s",
            remedy=f"The logs are in {services.settings.home / 'logs'}",
        )
    if healer is not None:
        try:
            if healer.wait(_HEAL_SECONDS) == 0:
                forget_unclean(services.settings.home)
        except TimeoutExpired:
            note("Runs that an earlier start left behind are still being looked for")


def _is_ready(children: Children, web: WebUI) -> bool:
    if dead := children.dead():
        raise UnavailableError(
            f"the {dead.name} ended while it was starting", remedy=f"{dead.log} says why"
        )
    complaint = web.complaint() if web.answers() else "the web server does not answer"
    if complaint and _IMPORT_FAILED in complaint:
        raise ConfigError(f"the definitions cannot be loaded: {complaint}")
    return complaint is None


def _await(done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True
