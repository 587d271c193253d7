"""``kill -9`` of ``daybook sync``, or of its PostgreSQL, at random moments: nothing lost."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random, SystemRandom
from uuid import uuid4

import pytest

from resources.embedded import EmbeddedPostgres
from resources.stores.base import EpisodicStore
from resources.stores.postgres import open_postgres
from tests.support.databases import execute, fresh_database
from tests.support.histories import forked_history
from tests.support.killing import Clock, kill, kill_server, sync
from tests.support.places import Place
from tests.support.repositories import Repository
from tests.support.shifting import SOURCE, ShiftingSource, lake_rows, stored_rows

TRUNK, SIDE = 1_500, 2_600
KILLS = 20
SERVER_KILLS = 10
LOOKED_AFTER = 0.6
"""How likely somebody starts a killed server again before the next sync has to."""
CHANGED = {"starting": 0.1, "writing": 0.25, "drawing": 0.75}
"""How likely history or settings change after a kill, by its phase."""
DRIVERS_FAULT = "returned a result with an exception set"
"""What psycopg2 itself prints, rarely, where the server dies within a COPY: its own fault."""
RUNS = 4 * KILLS
"""Syncs that are enough for all kills; some get through."""


@pytest.fixture
def dice() -> Random:
    """Chance, whose seed a failed test shows; the environment may give one."""
    seed = int(os.environ.get("KILL_SEED", SystemRandom().randrange(1 << 32)))
    tell(f"KILL_SEED={seed}")
    return Random(seed)  # noqa: S311 -- chance that can be had again, and no secret


def tell(what: object) -> None:
    """Say something that is shown where the test fails."""
    sys.stdout.write(f"{what}\n")


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository of several batches; each test puts ``main`` where it needs it."""
    return forked_history(tmp_path_factory.mktemp("forked") / "demo", trunk=TRUNK, side=SIDE)


@pytest.fixture
def undisturbed(tmp_path: Path, database_server: str, template_database: str) -> Iterator[Place]:
    """Another place, with a database of its own."""
    name = f"undisturbed_{uuid4().hex[:12]}"
    folder = tmp_path / "undisturbed"
    folder.mkdir()
    with fresh_database(database_server, name, template=template_database) as url:
        yield Place(folder=folder, home=folder / "home", settings={"DAYBOOK_DATABASE_URL": url})


def measure(undisturbed: Place, source: ShiftingSource) -> dict[str, float]:
    """Run the same sync in the other place to its end; gives how long its phases took."""
    undisturbed.write_sources(source.entry)
    with open_postgres(undisturbed.settings["DAYBOOK_DATABASE_URL"]) as store:
        clock = Clock(store=store, source_id=SOURCE, dice=source.dice)
        clock.measure(undisturbed)
    tell(clock.lengths)
    return clock.lengths


def assert_alike(source: ShiftingSource, store: EpisodicStore, other: Place) -> None:
    """After all kills: one more sync, and all is as if nothing had happened."""
    source.settle()
    done = source.place.run("sync")
    assert done.returncode == 0, done.stderr
    source.check(store)
    source.check_lake(store)
    state = store.state(SOURCE)
    assert state is not None
    assert state.pass_id is None
    assert store.dirty_windows("lake") == []
    assert list((source.place.home / "lake" / ".tmp").iterdir()) == []
    rows = stored_rows(store)
    with open_postgres(other.settings["DAYBOOK_DATABASE_URL"]) as undisturbed:
        assert rows == stored_rows(undisturbed)
    assert lake_rows(source.lake) == rows
    assert store.quarantine() == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_sync_killed_at_any_moment_loses_and_doubles_nothing(
    tmp_path: Path, forked: Repository, database_url: str, undisturbed: Place, dice: Random
) -> None:
    place = Place(
        folder=tmp_path, home=tmp_path / "home", settings={"DAYBOOK_DATABASE_URL": database_url}
    )
    source = ShiftingSource(place=place, repository=forked, dice=dice)
    struck: list[str] = []
    with open_postgres(database_url) as store:
        clock = Clock(store=store, source_id=SOURCE, dice=dice)
        clock.lengths = measure(undisturbed, source)
        for _ in range(RUNS):
            with sync(place) as under_way:
                phase = clock.strike(under_way, lambda: kill(under_way, dice))
            tell(phase or "went through")
            if phase is None:
                assert under_way.process.returncode == 0, under_way.words
            else:
                struck.append(phase)
                source.check(store)
                source.check_lake(store)
            if len(struck) == KILLS:
                break
            if phase is None or dice.random() < CHANGED[phase]:
                tell(source.change(store))
        assert len(struck) == KILLS
        assert_alike(source, store, undisturbed)
        assert execute(database_url, "select count(*) from daybook.pass_seen") == [(0,)]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_killed_database_ends_the_sync_in_words_and_the_next_one_heals(
    tmp_path: Path, forked: Repository, daybook_home: Path, undisturbed: Place, dice: Random
) -> None:
    source = ShiftingSource(
        place=Place(folder=tmp_path, home=daybook_home), repository=forked, dice=dice
    )
    server = EmbeddedPostgres(daybook_home)
    codes: list[int] = []
    with open_postgres(server.url()) as store:
        clock = Clock(store=store, source_id=SOURCE, dice=dice)
        clock.lengths = measure(undisturbed, source)
        for _ in range(RUNS):
            with sync(source.place) as under_way:
                phase = clock.strike(under_way, lambda: kill_server(server, under_way, dice))
                code = under_way.process.wait(60)
                tell((phase, code))
                assert not under_way.family()
            if phase is not None:
                codes.append(code)
            assert code == 0 or (code == 4 and phase is not None), under_way.words
            if DRIVERS_FAULT not in under_way.words:
                assert "Traceback" not in under_way.words
            assert ("daybook: " in under_way.words) is (code == 4), under_way.words
            if len(codes) == SERVER_KILLS:
                break
            if phase is None or dice.random() < LOOKED_AFTER:
                with open_postgres(server.url()) as healed:
                    source.check(healed)
                    source.check_lake(healed)
                    if phase is None or dice.random() < CHANGED[phase]:
                        tell(source.change(healed))
    assert len(codes) == SERVER_KILLS
    assert 4 in codes
    with open_postgres(server.url()) as store:
        assert_alike(source, store, undisturbed)
