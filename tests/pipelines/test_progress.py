"""What a sensor decides, whatever people, runs and other writers do in between."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pipelines.memory import Memory, read_memory
from pipelines.progress import (
    CANCELLED_PAUSE,
    LONGEST_PAUSE,
    Decision,
    Facts,
    Landing,
    LastRun,
    after_probe,
    after_refusal,
    decide,
)
from resources.stores.report import SourceState
from sources import ConfigError, Probe

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STORE = "store-1"
REQUEST = "asked-for"
PAUSED = "full-pass"


def numbered() -> Iterator[str]:
    return (f"id-{number}" for number in count())


def facts(**details: Any) -> Facts:
    given: dict[str, Any] = {
        "now": NOW,
        "every": timedelta(0),
        "fingerprint": "f",
        "incarnation": STORE,
        **details,
    }
    return Facts(**given)


def row(epoch: str = "e", cursor: dict[str, Any] | None = None, **details: Any) -> SourceState:
    given: dict[str, Any] = {
        "source_id": "s",
        "epoch": epoch,
        "cursor": cursor,
        "pass_id": None,
        "fingerprint": "f",
        "configured_at": None,
        "version": 1,
        "updated_at": NOW,
        **details,
    }
    return SourceState(**given)


def failed(**details: Any) -> LastRun:
    given: dict[str, Any] = {"run_id": "r", "token": REQUEST, "state": "failed", "ended_at": NOW}
    return LastRun(**{**given, **details})


def asked(attempt: int = 0) -> str:
    return Memory(cursor={"n": 1}, epoch="e", token=REQUEST, attempt=attempt).to_text(STORE)


@given(
    cursor=st.none() | st.dictionaries(st.text(), st.integers() | st.text()),
    token=st.none() | st.uuids().map(str),
    attempt=st.integers(0, 50),
    not_before=st.none() | st.datetimes(timezones=st.just(UTC)),
    begins=st.booleans(),
)
def test_what_is_remembered_comes_back_as_it_was(**fields: Any) -> None:
    memory = Memory(epoch="e", **fields)
    found = read_memory(memory.to_text(STORE), STORE)
    assert (found.memory, found.origin) == (memory, "own")


@pytest.mark.parametrize(
    "text", ["x", "[]", "3", '{"crusor": {}}', '{"cursor": 3}', '{"cursor": [1]}']
)
def test_what_nobody_meant_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(ConfigError, match=r"Write \{"):
        read_memory(text, STORE)


@pytest.mark.parametrize(
    ("attempt", "pause"), [(0, 5), (1, 10), (2, 20), (40, LONGEST_PAUSE.total_seconds())]
)
def test_each_failure_doubles_the_pause_up_to_a_limit(attempt: int, pause: float) -> None:
    decision = decide(asked(attempt), facts(row=row(), last=failed()), lambda: "new")
    assert decision.action == "skip"
    assert decision.memory is not None
    assert decision.memory.not_before == NOW + timedelta(seconds=pause)
    assert decision.memory.attempt == attempt + 1


def test_a_rate_limit_is_waited_for_as_long_as_the_service_said() -> None:
    named = NOW + timedelta(minutes=40)
    decision = decide(asked(), facts(row=row(), last=failed(retry_at=named)), lambda: "new")
    assert decision.memory is not None
    assert decision.memory.not_before == named


def test_a_source_that_cannot_be_asked_is_left_alone_for_as_long() -> None:
    memory = Memory(cursor=None, epoch="e")
    decision = after_refusal(memory, "gone", 90.0, facts())
    assert decision.memory is not None
    assert decision.memory.not_before == NOW + timedelta(seconds=90)


def test_a_run_that_failed_beside_its_source_is_taken_over() -> None:
    landing = Landing(cursor={"n": 7}, epoch="e", finished=True)
    state = facts(row=row(cursor={"n": 7}), last=failed(landing=landing))
    decision = decide(asked(), state, lambda: "new")
    assert decision.action == "probe"
    assert decision.memory == Memory(cursor={"n": 7}, epoch="e")


def test_a_limit_that_ended_a_run_well_holds_back_the_next_one_until_it_is_over() -> None:
    over = NOW + timedelta(minutes=40)
    landing = Landing(cursor={"n": 7}, epoch="e", finished=False, resumes_at=over)
    ended = failed(state="succeeded", landing=landing)
    paused = row(cursor={"n": 7}, pass_id=PAUSED)  # which would be urgent
    decision = decide(asked(), facts(row=paused, last=ended), lambda: "new")
    assert (decision.action, decision.memory and decision.memory.not_before) == ("skip", over)
    assert "turned away; going on at" in decision.reason
    assert decision.memory is not None
    text = decision.memory.to_text(STORE)
    later = facts(row=paused, last=ended, now=over)
    assert decide(text, later, lambda: "new").action == "ask"


def test_another_database_is_followed_where_it_stands() -> None:
    text = Memory(cursor={"n": 9}, epoch="old").to_text("store-0")
    decision = decide(text, facts(row=row("e", {"n": 2})), lambda: "new")
    assert decision.memory == Memory(cursor={"n": 2}, epoch="e")


def test_a_waiting_back_off_holds_even_what_is_urgent() -> None:
    text = Memory(cursor=None, epoch="e", attempt=1, not_before=NOW + timedelta(1)).to_text(STORE)
    assert decide(text, facts(row=None), lambda: "new").action == "skip"
    edited = text.replace('"cursor": null', '"cursor": {"n": 0}')
    assert decide(edited, facts(row=None), lambda: "new").action == "ask"


def test_a_full_pass_under_way_is_gone_on_with_whatever_the_source_would_answer() -> None:
    paused = row(cursor={"n": 1}, pass_id=PAUSED)
    text = Memory(cursor={"n": 1}, epoch="e").to_text(STORE)
    decision = decide(text, facts(row=paused), lambda: "new")
    assert (decision.action, decision.reason) == (
        "ask",
        "a reading from the beginning was interrupted",
    )
    held = decide(text, facts(row=paused, holder="process 7"), lambda: "new")
    assert held.action == "skip"
    waiting = decide(asked(), facts(row=paused, last=failed()), lambda: "new")
    assert waiting.action == "skip"
    assert waiting.memory is not None
    assert waiting.memory.attempt == 1


class Days(RuleBasedStateMachine):
    """A source that grows, its store, its sensor, and everybody who may get in between.

    An event is its number. The store's row says up to which number everything is stored.
    """

    @initialize()
    def begin(self) -> None:
        self.ids = numbered()
        self.now = NOW
        self.there = 0
        self.stored: set[int] = set()
        self.row: SourceState | None = None
        self.text: str | None = None
        self.run: Memory | None = None
        self.last: LastRun | None = None
        self.edited = False
        self.fingerprint = "f"

    def fresh(self) -> str:
        return next(self.ids)

    def position(self) -> int:
        return 0 if self.row is None or self.row.cursor is None else int(self.row.cursor["n"])

    @rule()
    def grow(self) -> None:
        self.there += 1

    @rule(minutes=st.sampled_from([0, 1, 20, 60]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def tick(self) -> None:
        self.look()

    def look(self) -> Decision:
        known = facts(now=self.now, row=self.row, last=self.last, fingerprint=self.fingerprint)
        decision = decide(self.text, known, self.fresh)
        if decision.action == "probe":
            assert decision.memory is not None
            probe = Probe(new=self.position() < self.there, reason="counted")
            decision = after_probe(decision.memory, probe, known, self.fresh)
        if decision.action == "ask":
            assert self.run is None, "two runs at once"
            assert decision.memory is not None
            self.run = decision.memory
            self.last = LastRun(run_id="r", token=decision.memory.token, state="under way")
        if decision.memory is not None:
            self.text = decision.memory.to_text(STORE)
            self.edited = False
        return decision

    def store(self, upto: int, epoch: str, start: int) -> None:
        reached = max(start, min(upto, self.there))
        self.stored |= set(range(start + 1, reached + 1))
        self.row = row(epoch, {"n": reached}, fingerprint=self.fingerprint)

    @precondition(lambda self: self.run is not None)
    @rule(
        state=st.sampled_from(["succeeded", "failed", "cancelled"]),
        upto=st.integers(0, 20),
        began=st.booleans(),
    )
    def end_run(self, state: Any, upto: int, *, began: bool) -> None:
        """As the store does it: no row, no trust; a new epoch begins where it was told."""
        asked_for, self.run = self.run, None
        assert asked_for is not None
        landing = None
        if began or state == "succeeded":
            known = self.row
            begins = asked_for.begins and (known is None or known.epoch != asked_for.epoch)
            epoch = asked_for.epoch if begins or known is None else known.epoch
            start = self.position()
            if begins:
                named = asked_for.cursor or {"n": 0}
                start = 0 if known is None else int(named["n"])
            self.store(upto, epoch, start)
            if state == "succeeded":
                landing = Landing(
                    cursor=self.row.cursor if self.row else None,
                    epoch=epoch,
                    finished=self.position() == self.there,
                )
        self.last = LastRun(
            run_id="r",
            token=asked_for.token,
            state=state,
            ended_at=self.now,
            landing=landing,
        )

    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        """A person names a place that the store has passed already."""
        place = data.draw(st.integers(0, self.position()))
        self.text = f'{{"cursor": {{"n": {place}}}}}'
        self.edited = True

    @rule()
    def clear(self) -> None:
        self.text = None

    @rule(upto=st.integers(0, 20))
    def sync_by_hand(self, upto: int) -> None:
        epoch = self.row.epoch if self.row else self.fresh()
        self.store(upto, epoch, self.position())

    @precondition(lambda self: not self.edited and self.run is None)
    @rule()
    def remove(self) -> None:
        """Its sensor is at rest: it remembers no place that a person named."""
        if self.text is None or not read_memory(self.text, STORE).memory.begins:
            self.row = None
            self.stored = set()

    @invariant()
    def nothing_is_lost(self) -> None:
        assert self.stored >= set(range(1, self.position() + 1))

    def teardown(self) -> None:
        """In the end all is stored, and the sensor is at rest on the store's line, never ahead."""
        if not hasattr(self, "ids"):
            return
        for _ in range(8):
            if self.run is not None:
                self.end_run("succeeded", 20_000, began=True)
            self.now += CANCELLED_PAUSE + LONGEST_PAUSE
            decision = self.look()
        assert decision.action == "skip"
        assert self.stored == set(range(1, self.there + 1))
        assert self.text is not None
        memory = read_memory(self.text, STORE).memory
        assert self.row is not None
        assert (memory.cursor or {"n": 0})["n"] <= self.position()
        assert (memory.epoch, memory.attempt, memory.token) == (self.row.epoch, 0, None)


TestDays = Days.TestCase
TestDays.settings = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck)
)
