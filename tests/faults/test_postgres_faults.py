"""Whatever is killed when: no event lost or doubled, no cursor ahead of its rows."""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from resources.stores.base import EpisodicStore
from resources.stores.postgres import open_postgres
from resources.stores.report import WriteReport
from sources.batch import CompleteScope
from sources.errors import BusyError
from tests.support.databases import execute
from tests.support.events import SOURCE, begin, make_batch, make_event
from tests.support.processes import ROOT, environment, running
from tests.support.waiting import wait_until

PER_BATCH = 40
BATCHES = 30
ALL = CompleteScope(kinds=("git.commit",), proven=True)


def sync(store: EpisodicStore, epoch: str | None = None) -> WriteReport:
    """Write what is still to come, batch after batch; what was there and comes no more is gone."""
    with begin(store, epoch=epoch) as writing:
        done = writing.cursor["done"] if writing.cursor else 0
        for number in range(done, BATCHES):
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


@pytest.mark.parametrize("after", [0, 1, 7, BATCHES - 1])
def test_a_killed_writer_loses_and_doubles_nothing(
    database_url: str, tmp_path: Path, after: int
) -> None:
    with open_postgres(database_url) as store:
        store.batch_record_events([make_event("outdated")])
        script = "from tests.faults import test_postgres_faults as it; it.child()"
        env = environment(STORE_URL=database_url, PYTHONPATH=str(ROOT))
        command = [sys.executable, "-c", script]
        with running(command, env=env, cwd=ROOT, log=tmp_path / "log") as child:
            wait_until(lambda: stored(store) >= after and store.holder(SOURCE), 60, "some batches")
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
        wait_until(lambda: begins(store), 30, "the dead writer's lock")
        done = stored(store)
        live = {event.subject for event in store.get_events()} - {"outdated"}
        assert live == {str(number) for number in range(done * PER_BATCH)}
        report = sync(store)
        assert report.new == (BATCHES - done) * PER_BATCH
        live = {event.subject for event in store.get_events()}
        assert live == {str(number) for number in range(BATCHES * PER_BATCH)}
        assert report.retracted == 1, "the pass's memory survived with it"
        assert execute(database_url, "select count(*) from daybook.pass_seen") == [(0,)]


def test_a_full_pass_killed_in_a_replay_remembers_what_it_met(
    database_url: str, tmp_path: Path
) -> None:
    with open_postgres(database_url) as store:
        sync(store)
        store.batch_record_events([make_event("outdated")])
        epoch = "00000000-0000-4000-8000-00000000abcd"
        script = f"from tests.faults import test_postgres_faults as it; it.child('{epoch}')"
        env = environment(STORE_URL=database_url, PYTHONPATH=str(ROOT))
        command = [sys.executable, "-c", script]
        with running(command, env=env, cwd=ROOT, log=tmp_path / "log") as child:
            wait_until(lambda: stored(store) in range(1, BATCHES), 60, "a replay under way")
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
        wait_until(lambda: begins(store), 30, "the dead writer's lock")
        report = sync(store)
        assert (report.new, report.revised, report.retracted) == (0, 0, 1)
        assert store.count() == BATCHES * PER_BATCH


def child(epoch: str | None = None) -> None:
    """What the process that is killed does."""
    with open_postgres(os.environ["STORE_URL"]) as store:
        sync(store, epoch)


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
