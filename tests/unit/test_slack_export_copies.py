"""Exports in which a message stands more than once, as it was at several times."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pipelines.config import SourceSpec
from pipelines.sync import sync_source
from resources.stores.memory import MemoryStore
from sources.slack.export import days
from tests.support.slack_exports import JAN_5, events, export, make_zip, message, read

DAY = 86_400


def copy(text: str, edited: int = 0, **more: Any) -> dict[str, Any]:
    """Make a copy of one message, edited so many seconds after it was written."""
    if edited:
        more["edited"] = {"user": "U0000001", "ts": f"{JAN_5 + edited}.000000"}
    return message(0, text, **more)


def held(path: Path) -> list[str]:
    """Give the texts that a store holds after a sync."""
    store = MemoryStore()
    spec = SourceSpec(id="acme", type="slack", config={"export": str(path)})
    asyncio.run(sync_source(store, spec))
    return [event.title for event in store.get_events(kind="slack.message", limit=1_000)]


@pytest.mark.parametrize(
    "copies",
    [
        [copy("Old"), copy("New")],
        [copy("Old"), copy("New", 50)],
        [copy("New", 50), copy("Old")],
        [copy("Old", 20), copy("New", 50), copy("Older", 10), copy("Oldest")],
        [copy("Old", 50), copy("New", 50)],
        [
            copy("Old"),
            copy("New", 20),
            copy("Odd") | {"edited": "never"},
            {**copy("", 90), "ts": "never"},
        ],
    ],
)
def test_the_copy_that_was_edited_last_is_given(tmp_path: Path, copies: list[Any]) -> None:
    told = [message(-1, "Before"), *copies, message(99, "After")]
    batches = read(make_zip(tmp_path / "a.zip", export(general_05=told)))

    assert [event.title for event in events(batches)] == ["Before", "New", "After"]


@pytest.mark.parametrize("first", [[copy("Old", 5), copy("New", 50)], [copy("New", 50)]])
def test_of_copies_on_several_days_the_same_is_held(tmp_path: Path, first: list[Any]) -> None:
    files = export(general_05=first, general_06=[copy("Old", 20), message(DAY, "Next")])
    assert held(make_zip(tmp_path / "a.zip", files)) == ["New", "Next"]

    files = export(general_05=[copy("Old", 5), copy("Old")], general_06=[*first, copy("Old")])
    assert held(make_zip(tmp_path / "b.zip", files)) == ["New"]


def test_copies_in_a_large_file_are_told_apart_too(tmp_path: Path) -> None:
    filling = [message(1 + at, "x" * 60_000) for at in range(days.WHOLE // 60_000)]
    told = [copy("Old"), *filling, copy("New", 50), copy("Old", 20)]
    batches = read(make_zip(tmp_path / "a.zip", export(general_05=told)))

    assert [event.title for event in events(batches) if len(event.title) < 5] == ["New"]


BAD = copy("Bad", 90, reactions=[{"name": "x", "count": "many"}])


@pytest.mark.parametrize(
    "copies",
    [
        [copy("New", 50), BAD],
        [BAD, copy("New", 50)],
        [copy("Old"), BAD, copy("New", 50), copy("Older", 10), BAD],
    ],
)
def test_a_copy_that_cannot_be_understood_stands_behind_the_others(
    tmp_path: Path, copies: list[Any]
) -> None:
    told = [message(-1, "Before"), *copies, message(99, "After")]
    batches = read(make_zip(tmp_path / "a.zip", export(general_05=told)))
    bad = [one for batch in batches for one in batch.quarantined]
    places = [1 + at for at, one in enumerate(copies) if one is BAD]

    assert [event.title for event in events(batches)] == ["Before", "New", "After"]
    assert [one.locator for one in bad] == [f"C0000001/2024-01-05:{place}" for place in places]
    assert {one.event_id for one in bad} == {None}
    assert any(batch.complete for batch in batches)
    assert sorted(held(tmp_path / "a.zip")) == ["After", "Before", "New"]


def test_of_copies_that_nobody_understands_one_is_kept_apart(tmp_path: Path) -> None:
    batches = read(make_zip(tmp_path / "a.zip", export(general_05=[BAD, BAD, message(9)])))
    (bad,) = [one for batch in batches for one in batch.quarantined]
    assert bad.locator == f"C0000001/{JAN_5}.000000"
    assert bad.event_id


def test_what_nobody_understands_in_an_export_is_told_by_an_older_one(tmp_path: Path) -> None:
    around = [message(-1, "Before"), message(99, "After")]
    for name, text in (("1", "Oldest"), ("2", "Good")):
        older = export(general_05=[around[0], copy(text), around[1]])
        make_zip(tmp_path / f"{name}.zip", older, made=(2024, 1, 10 + int(name)))
    newest = export(general_05=[around[0], BAD, around[1]], general_06=[message(DAY, "Next")])
    make_zip(tmp_path / "3.zip", newest, made=(2024, 2, 1))
    batches = read(tmp_path / "*.zip")
    (bad,) = [one for batch in batches for one in batch.quarantined]

    assert sorted(event.title for event in events(batches)) == ["After", "Before", "Good", "Next"]
    assert bad.locator == f"C0000001/{JAN_5}.000000"
    assert "unread" not in (batches[-1].cursor or {})
    assert sorted(held(tmp_path / "*.zip")) == ["After", "Before", "Good", "Next"]
    for number, batch in enumerate(batches):
        rest = [*batches[: number + 1], *read(tmp_path / "*.zip", batch.cursor)]
        assert {event.title for event in events(rest)} == {"After", "Before", "Good", "Next"}


@pytest.mark.parametrize("more", range(4))  # so that a batch ends at each place once
def test_going_on_within_a_day_that_was_asked_for_again_loses_nothing(
    tmp_path: Path, more: int
) -> None:
    before, next_to, after = message(-1, "Before"), message(1), message(99, "After")
    nameless = {"type": "message", "user": "U0000001", "text": "When?"}
    older = export(
        general_05=[before, copy("Good"), next_to, after, nameless], general_06=[message(DAY)]
    )
    make_zip(tmp_path / "1.zip", older, made=(2024, 1, 10))
    newer = export(
        general_03=[message(-2 * DAY)],
        general_04=[message(-DAY)],
        general_05=[before, BAD, next_to, after],
        general_06=[message(DAY)],
        general_07=[message(2 * DAY + at) for at in range(1 + more)],
    )
    make_zip(tmp_path / "2.zip", newer, made=(2024, 2, 1))

    def bad(batches: list[Any]) -> set[str]:
        return {one.locator for batch in batches for one in batch.quarantined}

    batches = read(tmp_path / "*.zip")
    assert len(bad(batches)) == 2
    for number, batch in enumerate(batches):
        rest = read(tmp_path / "*.zip", batch.cursor)
        assert bad([*batches[: number + 1], *rest]) == bad(batches)


def test_in_an_older_export_nobody_understands_it_either(tmp_path: Path) -> None:
    for name in (1, 2):
        told = export(general_05=[message(-1), BAD, message(99 + name)])
        make_zip(tmp_path / f"{name}.zip", told, made=(2024, 1, 10 + name))
    (bad,) = [one for batch in read(tmp_path / "*.zip") for one in batch.quarantined]
    assert bad.event_id
