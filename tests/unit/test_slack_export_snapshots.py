"""Several exports of one workspace: what they add, what they change, and what they take back."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sources import CursorInvalidError
from sources.batch import Cursor, EventBatch
from sources.testing.case import Mirror
from tests.support.slack_exports import (
    events,
    export,
    make_folder,
    make_zip,
    message,
    read,
    read_window,
    texts,
)

HOUR, DAY = 3_600, 86_400


def day(number: int, *words: str, **more: Any) -> list[dict[str, Any]]:
    """Make the messages of a day of January 2024, an hour apart from noon."""
    begin = (number - 5) * DAY
    return [message(begin + at * HOUR, text, **more) for at, text in enumerate(words)]


def held(mirror: Mirror) -> list[str]:
    found = sorted(mirror.events.values(), key=lambda event: event.occurred_at)
    return [event.title for event in found]


def follow(mirror: Mirror, path: Path) -> str:
    """Read on as a sync does; give why all had to be read again, if so."""
    try:
        mirror.take(read(path, mirror.cursor), full=mirror.cursor is None)
    except CursorInvalidError as error:
        mirror.take(read(path), full=True)
        return str(error)
    return ""


def cursor_of(batches: Sequence[EventBatch]) -> Cursor:
    cursor = batches[-1].cursor
    assert cursor is not None
    return cursor


def test_an_export_that_was_read_is_not_opened_again(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", export(general_05=day(5, "One")))
    cursor = cursor_of(read(path))
    before = path.stat()
    path.write_bytes(b"x" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert read(path, cursor) == []


def test_an_export_that_was_touched_copied_or_moved_is_the_same(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", export(general_05=day(5, "One")))
    cursor = cursor_of(read(tmp_path / "*.zip"))
    os.utime(path, (1, 1))
    again = read(tmp_path / "*.zip", cursor)
    assert events(again) == []
    assert read(tmp_path / "*.zip", cursor_of(again)) == []
    (tmp_path / "b.zip").write_bytes(path.read_bytes())
    copied = read(tmp_path / "*.zip", cursor_of(again))
    assert events(copied) == []
    assert read(tmp_path / "*.zip", cursor_of(copied)) == []
    path.unlink()
    assert read(tmp_path / "*.zip", cursor_of(copied)) == []


def test_an_export_of_later_days_only_adds(tmp_path: Path) -> None:
    mirror = Mirror()
    make_zip(tmp_path / "a.zip", export(general_04=day(4, "One"), general_05=day(5, "Two")))
    follow(mirror, tmp_path / "*.zip")
    make_zip(tmp_path / "b.zip", export(general_06=day(6, "Three")))
    added = read(tmp_path / "*.zip", mirror.cursor)
    assert texts(added) == ["Three"]
    mirror.take(added, full=False)
    assert held(mirror) == ["One", "Two", "Three"]


def test_a_newer_export_of_the_same_days_shows_edits_and_deletions(tmp_path: Path) -> None:
    mirror = Mirror()
    first = day(5, "One", "Two", "Three", "Four")
    make_zip(tmp_path / "a.zip", export(general_05=first))
    follow(mirror, tmp_path / "*.zip")
    second = [dict(item) for item in first if item["text"] != "Two"]
    second[1] |= {"text": "3", "edited": {"user": "U0000001", "ts": "1704474000.000000"}}
    make_zip(tmp_path / "b.zip", export(general_05=second, general_06=day(6, "Five")))
    assert "another export has told" in follow(mirror, tmp_path / "*.zip")
    assert held(mirror) == ["One", "3", "Four", "Five"]
    assert follow(mirror, tmp_path / "*.zip") == ""
    assert read(tmp_path / "*.zip", mirror.cursor) == []


def test_each_message_is_given_once_and_as_the_newest_export_has_it(tmp_path: Path) -> None:
    old = export(general_04=day(4, "One"), general_05=day(5, "Two", "Three"))
    new = export(general_05=day(5, "2", "3"), general_06=day(6, "4"))
    make_zip(tmp_path / "a-new.zip", new)
    make_zip(tmp_path / "b-old.zip", old)
    batches = read(tmp_path / "*.zip")
    assert texts(batches) == ["One", "2", "3", "4"]
    ids = [event.event_id for event in events(batches)]
    assert len(ids) == len(set(ids))


def test_of_many_exports_each_gives_what_no_newer_one_tells(tmp_path: Path) -> None:
    """More than are open at once; each is of three days, two of which the next one has too."""
    for number in range(1, 10):
        told = {
            f"general_{at:02}": day(at, f"{at} of {number}") for at in range(number, number + 3)
        }
        told |= {f"random_{at:02}": day(at, f"Else {at}") for at in range(number, number + 3)}
        make_zip(tmp_path / f"{9 - number}.zip", export(**told))
    batches = read(tmp_path / "*.zip", channels=["general"])
    expected = [f"{at} of {at}" for at in range(1, 10)]
    assert texts(batches) == [*expected, "10 of 9", "11 of 9"]
    assert len(texts(read(tmp_path / "*.zip"))) == 22
    assert read(tmp_path / "*.zip", cursor_of(batches), channels=["general"]) == []


def test_of_two_that_end_alike_the_one_that_was_made_later_is_newer(tmp_path: Path) -> None:
    make_zip(tmp_path / "a.zip", export(general_05=day(5, "New")), made=(2024, 3, 1))
    make_zip(tmp_path / "b.zip", export(general_05=day(5, "Old")), made=(2024, 2, 1))
    assert texts(read(tmp_path / "*.zip")) == ["New"]


def test_a_window_opens_the_days_around_it_only(tmp_path: Path) -> None:
    files = export(**{f"general_{at:02}": day(at, f"{at}") for at in range(1, 10)})
    for at in (3, 7):
        files[f"general/2024-01-{at:02}.json"] = b"["
    path = make_zip(tmp_path / "a.zip", files)
    batches = read_window(path, datetime(2024, 1, 5, tzinfo=UTC), datetime(2024, 1, 6, tzinfo=UTC))
    assert texts(batches) == ["5"]
    assert not any(batch.quarantined for batch in batches)
    assert all(batch.cursor is None for batch in batches)
    around = read_window(path, datetime(2024, 1, 4, tzinfo=UTC), datetime(2024, 1, 7, tzinfo=UTC))
    assert texts(around) == ["4", "5", "6"]
    bad = [record.locator for batch in around for record in batch.quarantined]
    assert bad == ["C0000001/2024-01-03", "C0000001/2024-01-07"]


def test_an_export_that_was_replaced_is_read_as_a_new_one(tmp_path: Path) -> None:
    mirror = Mirror()
    path = make_zip(tmp_path / "a.zip", export(general_05=day(5, "One", "Two", "Three")))
    follow(mirror, path)
    make_zip(path, export(general_05=day(5, "One", "", "Three")[::2], general_06=day(6, "Four")))
    assert "has other content" in follow(mirror, path)
    assert held(mirror) == ["One", "Three", "Four"]


def test_a_folder_that_grew_is_read_as_a_new_one(tmp_path: Path) -> None:
    mirror = Mirror()
    folder = make_folder(tmp_path / "unpacked", export(general_05=day(5, "One")))
    follow(mirror, folder)
    assert read(folder, mirror.cursor) == []
    make_folder(folder, export(general_06=day(6, "Two")))
    assert "has other content" in follow(mirror, folder)
    assert held(mirror) == ["One", "Two"]


def test_what_an_export_does_not_speak_of_is_not_gone(tmp_path: Path) -> None:
    mirror = Mirror()
    whole = export(
        general_03=day(3, "Before"), general_05=day(5, "One", "Two"), random_05=day(5, "Else")
    )
    path = make_zip(tmp_path / "a.zip", whole)
    follow(mirror, path)
    make_zip(path, export(general_04=day(4, "New"), general_05=day(5, "One")))
    follow(mirror, path)
    assert held(mirror) == ["Before", "New", "One", "Else", "Two"]


@pytest.mark.parametrize("content", [b"[{", [5]])
def test_a_day_that_cannot_be_read_takes_nothing_back(tmp_path: Path, content: Any) -> None:
    mirror = Mirror()
    days = {f"general_0{number}": day(number, f"{number}a", f"{number}b") for number in range(3, 8)}
    path = make_zip(tmp_path / "a.zip", export(**days))
    follow(mirror, path)
    files = export(**days, general_08=day(8, "8a"))
    files["general/2024-01-05.json"] = content
    make_zip(path, files)
    follow(mirror, path)
    assert held(mirror)[4:6] == ["5a", "5b"]
    assert len(mirror.events) == 11


def test_a_damaged_day_is_told_by_the_export_before(tmp_path: Path) -> None:
    days = {f"general_0{number}": day(number, f"{number}") for number in range(3, 8)}
    make_zip(tmp_path / "a.zip", export(**days))
    files = export(**days, general_08=day(8, "8"))
    files["general/2024-01-05.json"] = b"["
    make_zip(tmp_path / "b.zip", files)
    batches = read(tmp_path / "*.zip")
    assert texts(batches) == ["3", "4", "5", "6", "7", "8"]
    assert len(events(batches)) == 6


def test_days_of_another_zone_are_no_other_days(tmp_path: Path) -> None:
    """At noon, UTC, it is the next day in Auckland and still the same in Los Angeles."""
    said = [*day(5, "One", "Two"), *day(6, "Three")]
    make_zip(tmp_path / "a.zip", export(general_05=said[:2], general_06=said[2:]))
    make_zip(tmp_path / "b.zip", export(general_06=said[:2], general_07=said[2:]))
    batches = read(tmp_path / "*.zip")
    assert texts(batches) == ["One", "Two", "Three"]


def test_a_channel_that_was_renamed_is_the_same_one(tmp_path: Path) -> None:
    make_zip(tmp_path / "a.zip", export(general_05=day(5, "One", "Two")))
    files = export(general_05=day(5, "One"), plenum_05=day(5, "One", "Two", "Three"))
    files["channels.json"] = [
        {"id": "C0000001", "name": "plenum"},
        {"id": "C0000009", "name": "general"},
    ]
    make_zip(tmp_path / "b.zip", files)
    found = events(read(tmp_path / "*.zip"))
    told = {(event.attributes["channel"], event.scope, event.title) for event in found}
    assert told == {
        ("C0000001", "plenum", "One"),
        ("C0000001", "plenum", "Two"),
        ("C0000001", "plenum", "Three"),
        ("C0000009", "general", "One"),
    }
    assert len(found) == 4


def test_the_lists_tell_when_a_channel_was_opened(tmp_path: Path) -> None:
    """Old exports have numbers as texts; a channel without a word has no folder."""
    files = export(general_05=day(5, "One"))
    files["channels.json"] = [
        {"id": "C0000001", "name": "general", "created": "1704000000", "creator": "U0000001"},
        {"id": "C0000002", "name": "random", "created": 1_704_000_001, "creator": "U0000002"},
        {"id": "C0000003", "name": "odd", "created": "soon"},
    ]
    make_zip(tmp_path / "a.zip", files)
    files["channels.json"][1]["name"] = "chance"
    make_zip(tmp_path / "b.zip", {**files, "general/2024-01-06.json": day(6, "Two")})
    found = events(read(tmp_path / "*.zip"))
    told = [(event.kind, event.scope, event.actor) for event in found if event.actor_key]
    assert told[:2] == [
        ("slack.channel.created", "general", "Ada"),
        ("slack.channel.created", "chance", "Bob"),
    ]
    assert len(found) == 4


def test_a_stone_says_that_a_message_is_gone(tmp_path: Path) -> None:
    mirror = Mirror()
    said = day(5, "One", "Two")
    make_zip(tmp_path / "a.zip", export(general_05=said))
    follow(mirror, tmp_path / "*.zip")
    stone = {**said[0], "subtype": "tombstone", "user": "USLACKBOT", "text": "Deleted."}
    make_zip(tmp_path / "b.zip", export(general_05=[stone, said[1]], general_06=day(6, "Three")))
    follow(mirror, tmp_path / "*.zip")
    assert held(mirror) == ["Two", "Three"]


def test_a_message_that_stands_in_a_day_twice_is_one(tmp_path: Path) -> None:
    said = day(5, "One", "Two")
    batches = read(make_zip(tmp_path / "a.zip", export(general_05=[*said, said[0]])))
    assert texts(batches) == ["One", "Two"]


def test_an_export_that_goes_while_others_wait_is_not_missed(tmp_path: Path) -> None:
    first = make_zip(tmp_path / "a.zip", export(general_05=day(5, "One")))
    cursor = cursor_of(read(tmp_path / "*.zip"))
    first.unlink()
    assert read(tmp_path / "*.zip", cursor) == []
    make_zip(tmp_path / "b.zip", export(general_06=day(6, "Two")))
    assert texts(read(tmp_path / "*.zip", cursor)) == ["Two"]
    (tmp_path / "b.zip").unlink()
    make_zip(tmp_path / "c.zip", export(general_03=day(3, "Before")))
    assert texts(read(tmp_path / "*.zip", cursor)) == ["Before"]


def test_what_is_held_of_which_days_is_said(tmp_path: Path) -> None:
    def said(batches: Sequence[EventBatch]) -> list[tuple[str, int, int]]:
        found = [one for batch in batches for one in batch.coverage]
        return [
            (one.state, one.since.day, one.until.day) for one in found if one.since and one.until
        ]

    make_zip(
        tmp_path / "a.zip", {**export(general_05=day(5, "One")), "random/2024-01-06.json": b""}
    )
    first = read(tmp_path / "*.zip")
    assert said(first) == [("whole", 5, 7), ("partial", 6, 7), ("partial", 6, 7)]
    make_zip(tmp_path / "b.zip", export(general_07=day(7, "Two"), general_09=day(9, "Three")))
    second = read(tmp_path / "*.zip", cursor_of(first))
    assert said(second) == [("whole", 5, 10), ("partial", 9, 10), ("partial", 6, 7)]


def test_whoever_kept_a_simple_cursor_goes_on_behind_it(tmp_path: Path) -> None:
    said = day(5, "One", "Two", "Three")
    path = make_zip(tmp_path / "a.zip", export(general_05=said))
    batches = read(path, {"latest_timestamp": said[1]["ts"]})
    assert texts(batches) == ["Three"]
    assert not any(batch.complete for batch in batches)
    assert read(path, cursor_of(batches)) == []


@pytest.mark.parametrize(
    "cursor", [{"v": 1}, {"v": 9, "kind": "export"}, {"kind": "export", "at": 5}]
)
def test_another_cursor_is_refused(tmp_path: Path, cursor: Cursor) -> None:
    path = make_zip(tmp_path / "a.zip", export(general_05=day(5, "One")))
    with pytest.raises(CursorInvalidError, match="demo: "):
        read(path, cursor)
