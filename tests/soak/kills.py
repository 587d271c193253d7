"""``kill -9`` of ``daybook sync``, at times of its PostgreSQL, again and again on one home."""

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from resources.embedded import EmbeddedPostgres
from resources.stores.base import EventFilter
from resources.stores.postgres import PostgresStore, open_postgres
from tests.soak.tally import Tally
from tests.support.databases import embedded_home
from tests.support.histories import forked_history
from tests.support.killing import Clock, Running, kill, kill_server, sync
from tests.support.places import Place
from tests.support.shifting import SOURCE, ShiftingSource

TRUNK, SIDE = 1_500, 2_600
"""Commits of the histories: a full pass takes three batches."""
OF_SERVER = 0.2
"""How likely PostgreSQL is killed instead of the command."""
LOOKED_AT = 0.25
"""How likely all is held to an undisturbed reading after a kill."""
CHANGED = {"starting": 0.1, "writing": 0.25, "drawing": 0.75}
"""How likely history or settings change after a kill, by its phase."""
SETTLED_EVERY = 25
"""After so many kills a sync may end, and all is held to git's own word."""
_UNAVAILABLE = 4


def soak_kills(seed: int, wanted: int, seconds: float) -> Tally:
    """Kill so often, or for so long.

    Raises:
        AssertionError: something was lost, doubled, or said wrongly.
    """
    tally = Tally(what="kills", wanted=wanted, seconds=seconds)
    dice = Random(seed)  # noqa: S311 -- chance that can be had again, and no secret
    with TemporaryDirectory(prefix="daybook-soak-") as folder, embedded_home() as home:
        repository = forked_history(Path(folder) / "demo", trunk=TRUNK, side=SIDE)
        place = Place(folder=Path(folder), home=home)
        source = ShiftingSource(place=place, repository=repository, dice=dice)
        server = EmbeddedPostgres(home)
        with open_postgres(server.url()) as store:
            clock = Clock(store=store, source_id=SOURCE, dice=dice)
            clock.measure(place)
            source.change(store)
            while not tally.over:
                _strike_once(clock, source, server, tally)
                if tally.counts["done"] % SETTLED_EVERY == 0:
                    settle(source, server)
        settle(source, server)
    return tally


def _strike_once(
    clock: Clock, source: ShiftingSource, server: EmbeddedPostgres, tally: Tally
) -> None:
    """Begin a sync and kill; sometimes look, sometimes change what the next one finds."""
    dice, at_server = source.dice, source.dice.random() < OF_SERVER
    with sync(source.place) as under_way:

        def act() -> None:
            if at_server:
                kill_server(server, under_way, dice)
            else:
                kill(under_way, dice)

        phase = clock.strike(under_way, act)
        if phase is None or at_server:
            _expect_words(under_way, killed=phase is not None)
    if phase is not None:
        tally.add(phase, *(("of PostgreSQL",) if at_server else ()))
    with open_postgres(server.url()) as store:
        if phase is not None and dice.random() < LOOKED_AT:
            source.check(store)
            source.check_lake(store)
        if phase is None or dice.random() < CHANGED[phase]:
            source.change(store)


def _expect_words(under_way: Running, *, killed: bool) -> None:
    """See that a sync ends well, or for want of its database with words for people."""
    code = under_way.process.wait(120)
    assert code == 0 or (killed and code == _UNAVAILABLE), (code, under_way.words)
    assert "Traceback" not in under_way.words, under_way.words


def settle(source: ShiftingSource, server: EmbeddedPostgres) -> None:
    """Let a sync end, and hold store and lake to what git itself says."""
    done = source.place.run("sync")
    assert done.returncode == 0, done.stderr
    commits = sorted(source.repository.git("rev-list", "main").split())
    with open_postgres(server.url()) as store:
        source.check(store)
        source.check_lake(store)
        assert _commits(store) == commits
        assert store.quarantine() == []
    files = [pq.read_table(file.path) for file in source.lake.files(SOURCE)]
    assert _subjects(pa.concat_tables(files)) == commits


def _commits(store: PostgresStore) -> list[str]:
    return _subjects(store.get_events_table(EventFilter(source=SOURCE)))


def _subjects(table: pa.Table) -> list[str]:
    """Each live commit as often as it is there."""
    rows = table.select(["kind", "subject"]).to_pylist()
    return sorted(row["subject"] for row in rows if row["kind"] == "git.commit")
