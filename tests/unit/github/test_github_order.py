"""Deliveries in another order than what they tell of, as GitHub may send and does list them."""

import asyncio
import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from pipelines.config import SourceSpec
from pipelines.sync import sync_source
from resources.stores.memory import MemoryStore
from sources import EpisodicEvent
from sources.github.groups import GROUPS
from tests.support.github_saved import LATER, TIME, sent

JOB = {"id": 5, "head_sha": "b" * 40, "name": "test", "created_at": TIME, "started_at": TIME}


def stored(path: Path, *records: Any) -> dict[str, EpisodicEvent]:
    """Give what a store holds of some deliveries, a line each, by kind."""
    path.mkdir(exist_ok=True)
    (path / "saved.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    config = {"repo": "octo/cat", "files": str(path / "*"), "events": [*GROUPS]}
    store = MemoryStore()
    asyncio.run(sync_source(store, SourceSpec(id="demo", type="github", config=config)))
    return {event.kind.removeprefix("github."): event for event in store.get_events()}


def job(status: str, **more: Any) -> dict[str, Any]:
    return sent("workflow_job", action=status, workflow_job={**JOB, "status": status, **more})


STATES = (
    job("queued"),
    job("in_progress", runner_name="one"),
    job("completed", runner_name="one", conclusion="success", completed_at=LATER),
)


@pytest.mark.parametrize("states", [*permutations(STATES)])
def test_a_job_that_has_ended_stays_so(tmp_path: Path, states: tuple[dict[str, Any], ...]) -> None:
    ended = stored(tmp_path, *states)["workflow_job"]
    assert (ended.outcome, ended.attributes["status"]) == ("success", "completed")
    assert (ended.actor, ended.duration_ms) == ("one", 86_400_000)
