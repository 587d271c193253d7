"""Histories at random, each read and held to git's own commands field by field."""

import json
import shutil
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources import EpisodicEvent, EventBatch
from sources.event import event_id, table_events
from tests.support.git_oracle import assert_equals_facts, assert_trailers, read_facts
from tests.support.git_random import Plan, histories, point, write_history
from tests.support.git_reading import read

REAL_GIT = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BRANCHES = st.lists(st.integers(0, 13), min_size=1, max_size=4)


@REAL_GIT
@given(planned=histories, branches=BRANCHES)
def test_any_history_equals_what_git_says_of_it(planned: list[Plan], branches: list[int]) -> None:
    folder = Path(mkdtemp(prefix="daybook-git-"))
    try:
        history = write_history(folder, planned)
        point(history, branches)
        events = read(folder, small=True, branch="all").events()
        assert_equals_facts(events, read_facts(history.repository))
        assert_trailers(history.repository, events[:4])
    finally:
        shutil.rmtree(folder)


@REAL_GIT
@given(planned=histories, before=BRANCHES, after=BRANCHES, cut=st.integers(0, 3))
def test_any_rewrite_leaves_exactly_what_the_branches_reach(
    planned: list[Plan], before: list[int], after: list[int], cut: int
) -> None:
    folder = Path(mkdtemp(prefix="daybook-git-"))
    try:
        history = write_history(folder, planned)
        repository = history.repository
        point(history, before)
        first = read(folder, small=True, branch="all")
        held = {event.event_id for batch in first.batches[: cut + 1] for event in _commits(batch)}
        point(history, after)
        cursor = json.loads(json.dumps(first.batches[: cut + 1][-1].cursor))
        second = read(folder, cursor, small=True, branch="all")
        for batch in second.batches:
            held |= {event.event_id for event in _commits(batch)}
            held -= set(batch.retracted)
        alive = repository.text("rev-list", "--branches").split()
        assert held == {event_id("demo", "git.commit", sha) for sha in alive}
        last = second.cursor if second.batches else cursor
        assert not read(folder, last, branch="all").batches
    finally:
        shutil.rmtree(folder)


def _commits(batch: EventBatch) -> list[EpisodicEvent]:
    return [event for event in table_events(batch.events) if event.kind == "git.commit"]
