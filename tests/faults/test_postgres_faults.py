"""Whatever is killed when: no event lost or doubled, no cursor ahead of its rows."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from resources.stores.base import EpisodicStore
from resources.stores.postgres import open_postgres
from resources.stores.report import WriteReport
from sources.batch import CompleteScope
from sources.errors import BusyError
from tests.support.databases import execute
from tests.support.events import SOURCE, begin, make_batch, make_event
from tests.support.processes import ROOT, environment, running, uncounted
from tests.support.waiting import wait_until

PER_BATCH = 40
BATCHES = 30
ALL = CompleteScope(kinds=("git.commit",), proven=True)


GATE = "select pg_advisory_xact_lock(4711)"
"""Where the process that is killed waits between two batches until the test lets it go on."""
PROGRESS = "lock table daybook.source_state in share row exclusive mode"
"""Holds a batch up once its rows are written, before it says how far it is."""


def sync(
    store: EpisodicStore, epoch: str | None = None, reached: Callable[[int], None] | None = None
) -> WriteReport:
    """Write what is still to come, batch after batch; what was there and comes no more is gone."""
    with begin(store, epoch=epoch) as writing:
        done = writing.cursor["done"] if writing.cursor else 0
        for number in range(done, BATCHES):
            if reached is not None:
                reached(number)
            first = number * PER_BATCH
            events = (make_event(str(n)) for n in range(first, first + PER_BATCH))
            writing.write(make_batch(*events, cursor={"done": number + 1}))
        writing.write(make_batch(cursor={"done": BATCHES}, complete=[ALL]))
        return writing.finish()


def begins(store: EpisodicStore) -> bool:
    """Whether the killed writer's lock is free."""
    try:
        begin(store).close()
    except BusyError:
        return False
    return True


def stored(store: EpisodicStore) -> int:
    state = store.state(SOURCE)
    return state.cursor["done"] if state and state.cursor else 0


@contextmanager
def locked(database_url: str, statement: str) -> Iterator[None]:
    """Hold what ``statement`` locks, in a transaction of its own."""
    with closing(psycopg2.connect(database_url)) as connection:
        connection.cursor().execute(statement)
        yield


def waits(database_url: str, kind: str) -> bool:
    """Whether anybody waits for a lock of this kind in this database."""
    statement = (
        "select 1 from pg_stat_activity"
        " where datname = current_database() and (wait_event_type, wait_event) = ('Lock', '{}')"
    )
    return bool(execute(database_url, statement.format(kind)))


def kill_writer(
    database_url: str, log: Path, *, after: int, within: bool, epoch: str | None = None
) -> None:
    """Kill a process that syncs, between two batches or within one.

    Args:
        database_url: where it writes.
        log: the file that gets what it prints.
        after: how many batches it has stored by then.
        within: whether it has written the next one's rows as well, and not yet its progress.
        epoch: the epoch it syncs in.
    """
    script = f"from tests.faults import test_postgres_faults as it; it.child({after}, {epoch!r})"
    env = uncounted(environment(STORE_URL=database_url, PYTHONPATH=str(ROOT)))
    with ExitStack() as held:
        gate = held.enter_context(ExitStack())
        gate.enter_context(locked(database_url, GATE))
        child = held.enter_context(
            running([sys.executable, "-c", script], env=env, cwd=ROOT, log=log)
        )
        wait_until(lambda: waits(database_url, "advisory"), 120, f"batch {after}")
        if within:
            held.enter_context(locked(database_url, PROGRESS))
            gate.close()
            wait_until(lambda: waits(database_url, "relation"), 60, f"the end of batch {after}")
        os.kill(child.pid, signal.SIGKILL)
        child.wait()


def child(after: int, epoch: str | None) -> None:
    """What the process that is killed does."""
    url = os.environ["STORE_URL"]

    def reached(number: int) -> None:
        if number == after:
            execute(url, GATE)

    with open_postgres(url) as store:
        sync(store, epoch, reached)


@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize("after", [0, 7, BATCHES - 1])
def test_a_killed_writer_loses_and_doubles_nothing(
    database_url: str, tmp_path: Path, after: int, *, within: bool
) -> None:
    with open_postgres(database_url) as store:
        store.batch_record_events([make_event("outdated")])
        kill_writer(database_url, tmp_path / "log", after=after, within=within)
        wait_until(lambda: begins(store), 30, "the dead writer's lock")
        assert stored(store) == after
        live = {event.subject for event in store.get_events()} - {"outdated"}
        assert live == {str(number) for number in range(after * PER_BATCH)}
        report = sync(store)
        assert report.new == (BATCHES - after) * PER_BATCH
        live = {event.subject for event in store.get_events()}
        assert live == {str(number) for number in range(BATCHES * PER_BATCH)}
        assert report.retracted == 1, "the pass's memory survived with it"
        assert execute(database_url, "select count(*) from daybook.pass_seen") == [(0,)]


@pytest.mark.parametrize("within", [False, True])
def test_a_full_pass_killed_in_a_replay_remembers_what_it_met(
    database_url: str, tmp_path: Path, *, within: bool
) -> None:
    epoch = "00000000-0000-4000-8000-00000000abcd"
    with open_postgres(database_url) as store:
        sync(store)
        store.batch_record_events([make_event("outdated")])
        kill_writer(database_url, tmp_path / "log", after=7, within=within, epoch=epoch)
        wait_until(lambda: begins(store), 30, "the dead writer's lock")
        assert stored(store) == 7
        report = sync(store)
        assert (report.new, report.revised, report.retracted) == (0, 0, 1)
        assert store.count() == BATCHES * PER_BATCH


OVERLAPPING = [
    [make_event(str(n)) for n in range(first, first + 30)] for first in range(0, 300, 10)
]


def sync_all(store: EpisodicStore) -> None:
    with begin(store) as writing:
        for number, events in enumerate(OVERLAPPING):
            writing.write(make_batch(*events, cursor={"done": number}))
        writing.finish()


def record_all(store: EpisodicStore) -> None:
    for events in reversed(OVERLAPPING):
        store.batch_record_events(reversed(events))


def take_over(store: EpisodicStore) -> None:
    for events in OVERLAPPING:
        store.batch_record_events([replace(event, source_id="twin") for event in events])


def consume(store: EpisodicStore) -> None:
    for _ in OVERLAPPING:
        store.clear_dirty("lake", store.dirty_windows("lake"))


def test_writers_that_meet_lose_nothing(database_url: str) -> None:
    """A pass, single events of the same ids, another source that claims them, and a consumer."""
    with open_postgres(database_url) as store, ThreadPoolExecutor(4) as pool:
        tasks = [pool.submit(task, store) for task in (sync_all, record_all, take_over, consume)]
        for task in tasks:
            task.result(120)
        assert store.count() == 320
