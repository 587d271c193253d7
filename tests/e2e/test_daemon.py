"""Dagster itself, with nobody's hand on it: run workers are killed, and nothing is lost."""

import asyncio
import json
import os
import re
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipelines.config import SourceSpec
from pipelines.loading import load_settings
from pipelines.naming import AUTOMATION_TAG, SOURCE_TAG
from pipelines.sync import sync_source
from resources.opening import open_lake, open_store
from resources.stores.base import EpisodicStore, EventFilter
from resources.stores.memory import MemoryStore
from tests.support.dagster_site import Site, running_site, site_environment
from tests.support.events import comparable
from tests.support.histories import long_history
from tests.support.source_reading import ids_from
from tests.support.waiting import PATIENCE, wait_until

# Asking a busy web server more often would take the time that the runs need.
wait = partial(wait_until, poll=0.25)

SOURCE = "history"
COMMITS = 5_000
_PID = re.compile(r"Started process for run \(pid: (\d+)\)")


def ids_in(store: EpisodicStore) -> set[str]:
    table = store.get_events_table(EventFilter(source=SOURCE))
    return {str(name) for name in table.column("event_id").to_pylist()}


def contents(store: EpisodicStore) -> list[dict[str, Any]]:
    return comparable(store.get_events_table(EventFilter(source=SOURCE)))


class Watcher:
    """Looks at a site's runs from outside, and kills their workers."""

    def __init__(self, site: Site, store: EpisodicStore, spec: SourceSpec) -> None:
        self.site = site
        self.store = store
        self.spec = spec
        self.everything = ids_from(spec, None)

    def worker(self) -> int | None:
        """The process of the newest run while it is under way."""
        for run in self.site.runs(SOURCE_TAG, SOURCE)[:1]:
            messages = [event.get("message", "") for event in run["eventConnection"]["events"]]
            found = [match[1] for text in messages if (match := _PID.search(text))]
            if run["status"] in {"STARTING", "STARTED"} and found:
                return int(found[-1])
        return None

    def kill_when(self, moment: Callable[[], bool], what: str) -> None:
        """Kill the worker of a run at a moment, and see that the cursor is not ahead."""
        before = len(self.failed())
        pid = wait(self.worker, PATIENCE, f"a worker to kill {what}")
        assert pid is not None
        wait_until(moment, PATIENCE, what)
        os.kill(pid, signal.SIGKILL)
        wait(lambda: len(self.failed()) > before, PATIENCE, f"the run killed {what} to fail")
        row = self.store.state(SOURCE)
        to_come = ids_from(self.spec, row.cursor if row else None)
        assert ids_in(self.store) | to_come == self.everything

    def failed(self) -> list[str]:
        runs = self.site.runs(SOURCE_TAG, SOURCE)
        return [run["runId"] for run in runs if run["status"] == "FAILURE"]

    def stored(self) -> int:
        return self.store.count(EventFilter(source=SOURCE))

    def settled(self) -> bool:
        """Nothing waits for anybody any more."""
        row = self.store.state(SOURCE)
        waits = self.store.dirty_windows("announce") or self.store.dirty_windows("lake")
        if row is None or row.pass_id is not None or waits:
            return False
        text = self.site.sensor_cursor(f"follow_{SOURCE}")
        return text is not None and json.loads(text)["cursor"] == row.cursor


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_killed_workers_lose_nothing_and_a_commit_arrives_by_itself(
    tmp_path: Path, daybook_home: Path
) -> None:
    repository = long_history(tmp_path / SOURCE, COMMITS)
    sources = tmp_path / "sources.yaml"
    entry = {"id": SOURCE, "type": "filesystem", "every": "2s", "start": "2017-01"}
    entry["config"] = {"root_dir": str(repository.path)}  # type: ignore[assignment]
    sources.write_text(json.dumps({"sources": [entry]}))
    env = site_environment(
        daybook_home,
        DAYBOOK_SOURCES=str(sources),
        DAYBOOK_TICK_SECONDS="2",
    )
    settings = load_settings(env, tmp_path)
    lake = open_lake(settings.lake_url)
    (spec,) = settings.sources
    with (
        open_store(home=settings.home, database_url=None) as store,
        running_site(env, tmp_path) as site,
    ):
        watcher = Watcher(site, store, spec)
        watcher.kill_when(lambda: True, "at its start")
        watcher.kill_when(lambda: watcher.stored() > 0, "between two batches")
        watcher.kill_when(lambda: watcher.stored() == COMMITS, "before it announces")
        wait(watcher.settled, PATIENCE, "the sync after the last kill, and the lake")

        undisturbed = MemoryStore()
        asyncio.run(sync_source(undisturbed, spec))
        assert contents(store) == contents(undisturbed)
        assert lake.verify(store) == []
        assert site.runs(AUTOMATION_TAG, "true"), "those that drew it can be told"
        assert {file.window: file.rows for file in lake.files()} == store.window_counts(SOURCE)

        new = repository.git(
            *("-c", "user.name=Grace", "-c", "user.email=grace@example.org"),
            *("commit", "--quiet", "--allow-empty", "--message", "By itself"),
        ) or repository.git("rev-parse", "HEAD")
        wait(lambda: watcher.stored() == COMMITS + 1, PATIENCE, "the commit in PostgreSQL")
        (event,) = store.get_events(source=SOURCE, actor="Grace")
        window = f"{event.occurred_at:%Y-%m}"
        assert (event.subject, event.title) == (new, "By itself")
        wait(lambda: window in site.materialized("sources", SOURCE), PATIENCE, "the window's event")
        wait(watcher.settled, PATIENCE, "the commit in the lake")
        wait(lambda: window in site.materialized("lake", SOURCE), PATIENCE, "the file's event")
        assert lake.verify(store) == []
        ticks = daybook_home / "dagster" / "storage" / "__repository__"
        assert not ticks.exists(), "no tick leaves a file"
