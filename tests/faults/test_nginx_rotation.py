"""A real nginx under load, rotated by the real logrotate, read by syncs that are killed."""

import os
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from random import Random, SystemRandom

import pyarrow.parquet as pq
import pytest

from tests.support.databases import execute
from tests.support.killing import kill, sync
from tests.support.places import Place
from tests.support.waiting import wait_until
from tests.support.web_server import LOGROTATE, NGINX, Mode, WebServer, free_port, web_server

ROUNDS = 12

COUNTS = """
    select count(*), count(distinct subject), count(*) filter (where retracted_at is not null)
    from daybook.events where kind = 'http.request'
"""


@pytest.fixture
def dice() -> Random:
    """Chance, whose seed a failed test shows; the environment may give one."""
    seed = int(os.environ.get("KILL_SEED", SystemRandom().randrange(1 << 32)))
    sys.stdout.write(f"KILL_SEED={seed}\n")
    return Random(seed)  # noqa: S311 -- chance that can be had again, and no secret


def strike(place: Place, dice: Random, longest: float) -> None:
    """Start a sync and kill it at some moment, if it is not quicker."""
    moment = time.monotonic() + dice.uniform(0.2, longest)
    with sync(place) as under_way:
        wait_until(lambda: under_way.over or time.monotonic() >= moment, 60, "a moment")
        if not under_way.over:
            kill(under_way, dice)


def serve(server: WebServer, mode: Mode, dice: Random) -> AbstractContextManager[object]:
    """Have requests come in while syncs are killed.

    What a server writes between copying and truncating is lost to everyone; so with
    `copytruncate` nothing may come while logrotate is at work.
    """
    server.send(dice.randint(0, 400))
    server.rotate(mode, compress=dice.random() < 0.7)
    if mode == "rename":
        return server.under_load()
    server.send(dice.randint(0, 400))
    return nullcontext()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", ["rename", "copytruncate"])
def test_every_request_is_stored_once(
    mode: Mode, tmp_path: Path, database_url: str, dice: Random
) -> None:
    if NGINX is None or LOGROTATE is None:
        pytest.skip("nginx and logrotate are not installed")
    settings = {"DAYBOOK_DATABASE_URL": database_url}
    place = Place(folder=tmp_path, home=tmp_path / "home", settings=settings)
    with web_server(tmp_path / "web", free_port()) as server:
        config = {"paths": str(server.log), "format": "combined"}
        place.write_sources({"id": "web", "type": "api_log", "config": config})
        server.send(50)
        began = time.monotonic()
        assert place.run("sync").returncode == 0
        usual = time.monotonic() - began
        for _ in range(ROUNDS):
            with serve(server, mode, dice):
                strike(place, dice, usual)
                if mode == "rename":
                    server.rotate(mode, compress=True)
        sent = [(server.sent, server.sent, 0)]

        def stored() -> bool:
            """Whether all is there; what was written to just now is left to a later sync."""
            place.answer("sync")
            return execute(database_url, COUNTS) == sent

        wait_until(stored, 60, "every request")
    assert execute(database_url, "select reason, raw from daybook.quarantine") == []
    lake = pq.read_table(place.home / "lake" / "events" / "web")
    assert len(set(lake.column("subject").to_pylist())) == lake.num_rows == server.sent
