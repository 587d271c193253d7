"""Whatever happens in a workspace, and wherever readings end: what is held is what is there."""

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources import EpisodicEvent
from sources.event import OBSERVED_KINDS
from sources.testing.case import Mirror
from tests.support.slack import slack_server
from tests.support.slack.life import DEEDS, WAITS, Deed, Life
from tests.support.slack_history import reader
from tests.support.slack_reading import held, read, read_window

TALK = ("say", "reply", "reply", "reply", "delete", "delete", "edit", "broadcast")
DEED = st.builds(
    Deed,
    name=st.sampled_from([*TALK, *TALK, *DEEDS]),
    wait=st.sampled_from(WAITS),
    where=st.integers(0, 1),
    what=st.integers(0, 12),
    who=st.integers(0, 2),
)
LIVES = st.lists(DEED, min_size=15, max_size=60)
STEPS = st.lists(st.tuples(LIVES, st.sampled_from([0, 50, 100, 100])), min_size=2, max_size=4)


def standing(events: dict[str, EpisodicEvent]) -> dict[str, EpisodicEvent]:
    """Leave out what cannot be read again."""
    return {key: event for key, event in events.items() if event.kind not in OBSERVED_KINDS}


def without_words(events: dict[str, EpisodicEvent]) -> dict[str, Any]:
    """Leave out of replies what can change without a sign of it in the channel."""
    return {
        key: (event.kind, event.subject, event.session_id)
        if event.kind == "slack.reply"
        else replace(event)
        for key, event in standing(events).items()
    }


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(STEPS)
def test_readings_that_end_anywhere_hold_after_a_sweep_what_one_full_reading_does(
    steps: list[tuple[list[Any], int]],
) -> None:
    with slack_server() as server:
        life = Life(server.workspace, reader(server.workspace))
        config = {"channels": ["all", life.channels[1].id]}
        mirror, full = Mirror(), True
        for done, share in steps:
            life.live(done)
            batches = read(server, mirror.cursor, **config)
            kept = batches[: len(batches) * share // 100]
            mirror.take(kept, full=full)
            full = full and not kept
        server.clock.move(days=30)
        mirror.take(read(server, mirror.cursor, **config), full=full)
        server.clock.move(days=8)
        mirror.take(read(server, mirror.cursor, **config), full=False)
        there = held(server, **config)
        assert without_words(mirror.events) == without_words(there)
        assert not mirror.quarantined
        assert read(server, mirror.cursor, **config) == []
        mirror.take(read_window(server, None, None, **config), full=True)
        assert standing(mirror.events) == there
