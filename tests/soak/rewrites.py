"""Histories at random, rewritten and synced step by step: what lives is what git reaches."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain, count
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from pipelines.config import SourceSpec
from pipelines.sync import sync_source
from resources.stores.base import EventFilter
from resources.stores.lake import Lake
from resources.stores.postgres import PostgresStore, open_postgres
from sources import Cursor
from tests.soak.tally import Tally, tell
from tests.support.databases import embedded_server, execute, in_database
from tests.support.git_random import Plan, histories, point, write_history
from tests.support.git_reading import SmallBatches
from tests.support.git_repository import GitRepository

BLOCK = 20
"""Histories drawn from one seed."""
CASES = st.lists(
    st.tuples(st.lists(st.integers(0, 13), min_size=1, max_size=4), st.booleans()),
    min_size=2,
    max_size=5,
)
"""Where the branches stand at each step, and whether the sync there is cut short."""


def soak_rewrites(begin: int, wanted: int, seconds: float) -> Tally:
    """Draw so many histories, or for so long; each block of them has the next seed.

    Raises:
        AssertionError: something lives that git does not reach, or the other way round.
    """
    tally = Tally(what="histories", wanted=wanted, seconds=seconds)
    lakes = Path(mkdtemp(prefix="daybook-soak-"))
    try:
        with embedded_server() as server:
            execute(server, "create database soak template template0")
            with open_postgres(in_database(server, "soak")) as store:
                for number in count(begin):
                    if tally.over:
                        return tally
                    _draw_block(number, store, Lake(str(lakes)), tally)
    finally:
        shutil.rmtree(lakes)
    return tally


def _draw_block(number: int, store: PostgresStore, lake: Lake, tally: Tally) -> None:
    @seed(number)
    @settings(
        max_examples=BLOCK,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(planned=histories, steps=CASES)
    def follow(planned: list[Plan], steps: list[tuple[list[int], bool]]) -> None:
        if not tally.over:
            follow_history(store, lake, planned, steps)
            tally.add(*("syncs" for _ in steps))

    whole = False
    try:
        follow()
        whole = True
    finally:
        if not whole:
            tell(
                f"histories: stopped in the block of seed {number}; --seed {number} begins with it"
            )


def follow_history(
    store: PostgresStore, lake: Lake, planned: list[Plan], steps: list[tuple[list[int], bool]]
) -> None:
    """Write a history, and sync after each move of its branches."""
    folder = Path(mkdtemp(prefix="daybook-soak-"))
    spec = SourceSpec(id=folder.name.lower(), type="filesystem", config={"root_dir": str(folder)})
    try:
        history = write_history(folder, planned)
        for branches, cut in steps:
            point(history, branches)
            _sync(store, spec, budget=0.0 if cut else None)
            if not cut:
                _check(store, spec.id, history.repository)
        _sync(store, spec)
        _check(store, spec.id, history.repository)
        lake.catch_up(store, spec.id)
        drawn = [_subjects(pq.read_table(file.path)) for file in lake.files(spec.id)]
        assert sorted(chain(*drawn)) == sorted(_live(store, spec.id))
    finally:
        store.remove_source(spec.id)
        lake.catch_up(store, spec.id)
        shutil.rmtree(folder)


def _sync(store: PostgresStore, spec: SourceSpec, *, budget: float | None = None) -> None:
    @asynccontextmanager
    async def opened(cursor: Cursor | None) -> AsyncIterator[SmallBatches]:
        config = {**spec.config, "branch": "all", "source_id": spec.id, "cursor": cursor}
        yield await SmallBatches.create({}, config)

    asyncio.run(sync_source(store, spec, budget=budget, opener=opened))


def _check(store: PostgresStore, source_id: str, repository: GitRepository) -> None:
    found = sorted(_live(store, source_id, "git.commit"))
    reached = sorted(repository.text("rev-list", "--branches").split())
    lost, extra = set(reached) - set(found), set(found) - set(reached)
    assert found == reached, f"lost: {lost}; not reached any more: {extra}"


def _live(store: PostgresStore, source_id: str, kind: str | None = None) -> list[str]:
    """Each live event's subject, as often as it is there."""
    table = store.get_events_table(EventFilter(source=source_id, kind=kind))
    return _subjects(table)


def _subjects(table: pa.Table) -> list[str]:
    return [str(name) for name in table.column("subject").to_pylist()]
