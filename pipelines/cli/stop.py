"""``daybook stop``: end the embedded PostgreSQL, and what a killed ``daybook up`` has left."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.answers import StoppedAnswer
from pipelines.cli.children import end_marked
from pipelines.cli.home import read_home
from pipelines.cli.lock import hold_home
from pipelines.cli.opening import note
from pipelines.cli.output import print_json
from pipelines.wording import counted
from resources.embedded import EmbeddedPostgres
from sources.errors import BusyError


def stop(
    force: Annotated[
        bool, typer.Option("--force", help="Even if somebody uses it; no data is lost.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """End the embedded PostgreSQL, unless somebody uses it.

    It is the one of DAYBOOK_HOME, which stays after a sync or a `dagster dev`. A running
    `daybook up` uses it: end that one with Ctrl-C instead. What a killed one has left running
    is ended too.

    Examples:
        daybook stop
        daybook stop --force
    """
    home = read_home()
    _end_left_behind(home)
    server = EmbeddedPostgres(home)
    before = server.status()
    if not server.stop(force=force):
        clients = f" ({counted(before.clients, 'connection')})" if before.clients else ""
        raise BusyError(
            f"somebody else uses the PostgreSQL server in {before.data}{clients}",
            remedy="End that first (a `daybook up`, a psql), or use --force",
        )
    if json:
        print_json(StoppedAnswer(stopped=before.running))
    else:
        print("Stopped." if before.running else "It was not running.")


def _end_left_behind(home: Path) -> None:
    """End the processes of a ``daybook up`` that is gone; those of one that runs are its own."""
    if not (home / "up.lock").exists():
        return
    with suppress(BusyError), hold_home(home):
        count, _ = end_marked(home)
        if count:
            note(f"Ended {counted(count, 'process', 'processes')} of a start that was killed")
