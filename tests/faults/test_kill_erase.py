"""``kill -9`` of ``daybook erase`` at any moment: the next one ends what it began."""

import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from resources.opening import open_lake
from resources.stores.postgres import PostgresStore, open_postgres
from tests.support.databases import execute
from tests.support.erased import ADA, by_ada, by_bob, dumped, filed, holds
from tests.support.events import MARCH, SOURCE, make_batch, write
from tests.support.places import Place
from tests.support.processes import DAYBOOK, running, uncounted
from tests.support.waiting import wait_until

ROWS = 22_000
BLANK = "select count(*) from daybook.{} where title = '[erased]'"
ERASE = ("erase", "--actor", ADA, "--yes")


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Place:
    found = Place(
        folder=tmp_path, home=tmp_path / "home", settings={"DAYBOOK_DATABASE_URL": database_url}
    )
    found.write_sources({"id": SOURCE, "type": "filesystem", "config": {"root_dir": "."}})
    return found


@pytest.fixture
def store(database_url: str, place: Place) -> Iterator[PostgresStore]:
    """Many events of one person, each said twice, a few of another, and all of it in the lake."""
    with open_postgres(database_url) as opened:
        for round_number in range(2):
            write(
                opened,
                make_batch(
                    *(
                        by_ada(str(number), body=f"marigold {round_number}", occurred_at=MARCH)
                        for number in range(ROWS)
                    ),
                    by_bob("tulip"),
                    cursor={"at": 1},
                ),
            )
        place.home.mkdir()
        open_lake(str(place.home / "lake")).rebuild(opened)
        yield opened


def blank(url: str, table: str = "events") -> int:
    """How many rows are blank."""
    ((count,),) = execute(url, BLANK, table)
    return int(str(count))


def is_past(url: str, share: float, table: str = "events") -> bool:
    """Whether more than a share of the rows are blank."""
    return blank(url, table) > share * ROWS


def kill_when(place: Place, moment: Callable[[], object]) -> None:
    """Begin to erase, and kill it as soon as something is true."""
    command: list[str | Path] = [DAYBOOK, *ERASE]
    log = place.folder / "erase.log"
    env = uncounted(place.environ())
    with running(command, env=env, cwd=place.folder, log=log) as process:
        wait_until(lambda: process.poll() is not None or moment(), 120, "the moment", poll=0.002)
        assert process.poll() is None, log.read_text()
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL


@pytest.mark.slow
def test_an_erasure_killed_at_any_moment_is_ended_by_the_next(
    place: Place, store: PostgresStore
) -> None:
    url = place.settings["DAYBOOK_DATABASE_URL"]
    before = (store.count(), store.timeline().to_pylist())
    kill_when(place, store.erasures)
    for share in (0.0, 0.4, 0.7):
        kill_when(place, partial(is_past, url, share))
        (listed,) = place.answer("erase", "--list")
        assert listed["finished_at"] is None
    assert 0 < blank(url) <= ROWS
    assert "an erasure was interrupted" in place.run("doctor").stdout
    # What comes meanwhile is kept out, though most of what was there still stands.
    write(store, make_batch(by_ada("late", body="marigold late")), kind="refresh")
    kill_when(place, partial(is_past, url, 0.0, "event_revisions"))
    assert store.erasures()[0].finished_at is None
    kill_when(place, lambda: store.erasures()[0].finished_at)
    done = place.answer(*ERASE)
    assert (done["events"], done["revisions"]) == (0, 0)
    text = dumped(url) + filed(place.home / "lake")
    assert not holds(text, "marigold")
    assert not holds(text, ADA)
    assert "tulip" in text
    assert (store.count() - 1, blank(url)) == (before[0], ROWS + 1)
    assert store.dirty_windows("lake") == []
    assert place.answer("lake", "verify") == []
    assert "1 person kept out" in place.run("doctor").stdout
