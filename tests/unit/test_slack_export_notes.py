"""Archives with notes of what became of messages, as listeners to Slack's events write them."""

import asyncio
import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sources import event_id
from sources.testing.case import Mirror
from tests.support.slack_exports import (
    JAN_5,
    SmallBatches,
    events,
    export,
    make_zip,
    message,
    open_source,
    read,
    read_window,
    texts,
)
from tests.unit.test_slack_export_copies import held

DAY = 86_400
TS = f"{JAN_5}.000000"
ID = event_id("demo", "slack.message", f"C0000001/{TS}")
AT_7 = datetime(2024, 1, 5, 12, 0, 7, tzinfo=UTC)


def note(seconds: int, subtype: str, **more: Any) -> dict[str, Any]:
    ts = f"{JAN_5 + seconds}.000000"
    return {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, **more}


def changed(seconds: int, text: str = "New", **more: Any) -> dict[str, Any]:
    """Note that the message of noon was changed."""
    was = message(0, "Old")
    now = message(0, text, **more)
    return note(seconds, "message_changed", message=now, previous_message=was)


def deleted(seconds: int, was: dict[str, Any] | None = None) -> dict[str, Any]:
    """Note that the message of noon was deleted."""
    more = {} if was is None else {"previous_message": was}
    return note(seconds, "message_deleted", deleted_ts=TS, **more)


def test_a_change_is_the_message_as_it_is_then(tmp_path: Path) -> None:
    told = [message(0, "Old"), changed(7, "New", thread_ts=TS, reply_count=2)]
    (event,) = events(read(make_zip(tmp_path / "a.zip", export(general_05=told))))

    assert (event.title, event.event_id, event.revised_at) == ("New", ID, AT_7)
    assert (event.actor, event.session_id) == ("Ada", f"C0000001/{TS}")


def test_a_change_is_revised_when_it_was_edited(tmp_path: Path) -> None:
    edited = {"user": "U0000002", "ts": f"{JAN_5 + 7}.000000"}
    files = export(general_05=[changed(9, edited=edited)])
    (event,) = events(read(make_zip(tmp_path / "a.zip", files)))

    assert event.revised_at == AT_7
    assert event.attributes["edited_by"] == "U0000002"


@pytest.mark.parametrize(
    "told", [*itertools.permutations([message(0, "Old"), changed(7, "Newer"), changed(9)])]
)
def test_the_last_change_counts_in_any_order(tmp_path: Path, told: tuple[Any, ...]) -> None:
    assert texts(read(make_zip(tmp_path / "a.zip", export(general_05=told)))) == ["New"]
    files = {f"general_{5 + at:02}": [one] for at, one in enumerate(told)}
    assert held(make_zip(tmp_path / "b.zip", export(**files))) == ["New"]


@pytest.mark.parametrize(
    "told",
    [*itertools.permutations([message(0, "Old"), changed(7), deleted(9, message(0, "New"))])],
)
def test_a_deletion_counts_in_any_order(tmp_path: Path, told: tuple[Any, ...]) -> None:
    batches = read(make_zip(tmp_path / "a.zip", export(general_05=told)))
    assert (events(batches), batches[-1].retracted) == ([], (ID,))
    files = {f"general_{5 + at:02}": [one] for at, one in enumerate(told)}
    assert held(make_zip(tmp_path / "b.zip", export(**files))) == []


@pytest.mark.parametrize(
    ("was", "kinds"),
    [
        (message(0), ["slack.message"]),
        (message(0, thread_ts=f"{JAN_5 - 9}.000000"), ["slack.reply"]),
        (message(0, subtype="channel_topic"), ["slack.channel.topic"]),
        (None, ["slack.message", "slack.reply"]),
    ],
)
def test_what_was_deleted_is_withdrawn(tmp_path: Path, was: Any, kinds: list[str]) -> None:
    path = make_zip(tmp_path / "a.zip", export(general_05=[deleted(9, was)]))
    gone = [event_id("demo", kind, f"C0000001/{TS}") for kind in kinds]

    assert [one for batch in read(path) for one in batch.retracted] == gone


def test_every_note_is_counted(tmp_path: Path) -> None:
    replied = note(3, "message_replied", message=message(0, thread_ts=TS, reply_count=1))
    bad = [note(4, "message_changed", message=None), note(5, "message_deleted", deleted_ts="x")]
    told = [message(0, "Old"), message(1, "Other"), changed(2), replied, *bad]
    path = make_zip(tmp_path / "a.zip", export(general_05=[*told, deleted(6)], general_06=[]))

    async def count(size: int) -> tuple[list[str], dict[str, Any]]:
        class Source(SmallBatches):
            BATCH = size

        settings = {"source_id": "demo", "export": str(path)}
        async with await Source.create({}, settings) as source:
            batches = [batch async for batch in source.generate_batches()]
            assert texts(batches) == ["Other"]
            return [one.locator for batch in batches for one in batch.quarantined], (
                source.get_stats()
            )

    for size in (1, 100):
        locators, stats = asyncio.run(count(size))
        assert locators == ["C0000001/2024-01-05:4", "C0000001/2024-01-05:5"]
        assert (stats["events_generated"], stats["events_skipped"]) == (1, 4)


def test_a_message_that_waits_when_its_deletion_is_met_is_not_given(tmp_path: Path) -> None:
    files = export(general_05=[message(0, "Old")], general_06=[deleted(DAY)])
    path = make_zip(tmp_path / "a.zip", files)

    async def count() -> dict[str, Any]:
        async with await open_source(path) as source:
            batches = [batch async for batch in source.generate_batches()]
            assert (events(batches), ID in batches[-1].retracted) == ([], True)
            return source.get_stats()

    assert asyncio.run(count())["events_skipped"] == 2


def test_a_window_knows_what_later_files_say_of_it(tmp_path: Path) -> None:
    other = message(1, "Other")
    files = export(
        general_05=[message(0, "Old"), other],
        general_15=[message(10 * DAY, "Later"), changed(10 * DAY + 1)],
        general_25=[message(20 * DAY, "Latest"), note(20 * DAY, "message_deleted",
                    deleted_ts=other["ts"], previous_message=other)],
        general_26=b"[",
    )  # fmt: skip
    path = make_zip(tmp_path / "a.zip", files)
    start, end = datetime(2024, 1, 5, tzinfo=UTC), datetime(2024, 1, 6, tzinfo=UTC)
    batches = read_window(path, start, end)

    mirror = Mirror().take(batches, full=False)
    assert [event.title for event in mirror.events.values()] == ["New"]
    assert not any(batch.quarantined for batch in batches)


def test_an_older_export_revives_nothing(tmp_path: Path) -> None:
    old = export(general_05=[message(-1, "First"), message(0, "Old")])
    new = export(general_15=[deleted(10 * DAY, message(0)), message(10 * DAY + 1, "Later")])
    make_zip(tmp_path / "new.zip", new)
    mirror = Mirror().take(read(tmp_path / "*.zip"), full=True)
    make_zip(tmp_path / "old.zip", old)
    added = read(tmp_path / "*.zip", mirror.cursor)

    assert texts(added) == ["First"]
    assert texts(read(tmp_path / "*.zip")) == ["First", "Later"]
    assert read(tmp_path / "*.zip", added[-1].cursor) == []
