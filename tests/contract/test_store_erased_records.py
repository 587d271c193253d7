"""Bad records that name somebody who is erased."""

import pytest

from resources.stores.base import EpisodicStore
from sources.batch import QuarantineRecord
from tests.support.erased import ADA, BAD, by_ada, row, says
from tests.support.events import make_batch, write


@pytest.mark.parametrize(
    "bad",
    [
        BAD,
        QuarantineRecord(locator="log:1", reason="no time", raw=b'{"who": "ADA@example.org"}'),
        QuarantineRecord(
            locator="log:1", reason="no time", raw=rb'{"who": "\u0061da@example.org"}'
        ),
        QuarantineRecord(locator="mail/ada@example.org", reason="marigold", raw=b"marigold"),
    ],
)
def test_bad_records_that_name_the_key_lose_their_text(
    store: EpisodicStore, bad: QuarantineRecord
) -> None:
    other = QuarantineRecord(locator="log:2", reason="no time", raw=b"nada@example.org tulip")
    write(store, make_batch(quarantined=[bad, other]))
    assert store.count_erasable(ADA).quarantined == 1
    assert store.erase(ADA).quarantined == 1
    assert not says(store, "marigold")
    assert says(store, "tulip")
    assert len(store.quarantine()) == 2
    write(store, make_batch(quarantined=[bad]))
    assert not says(store, "marigold")
    assert sorted(row.attempts for row in store.quarantine()) == [1, 2]


def test_bad_records_are_found_by_the_names_shown_with_the_key(store: EpisodicStore) -> None:
    bad = QuarantineRecord(locator="log:1", reason="no time", raw=b'"Ada Lovelace" marigold')
    write(store, make_batch(by_ada(), quarantined=[bad]))
    assert store.erase(ADA).quarantined == 1
    write(store, make_batch(quarantined=[bad]))
    assert not says(store, "marigold")


def test_a_bad_record_of_an_erased_event_loses_its_text(store: EpisodicStore) -> None:
    event = by_ada()
    bad = QuarantineRecord(locator="1", reason="odd", raw=b"marigold", event_id=event.event_id)
    write(store, make_batch(event))
    write(store, make_batch(quarantined=[bad]))
    assert store.erase(ADA).quarantined == 1
    late = QuarantineRecord(locator="2", reason="odd", raw=b"marigold", event_id=event.event_id)
    write(store, make_batch(quarantined=[bad, late]))
    assert not says(store, "marigold")


def test_a_bad_record_that_comes_later_is_kept_without_text(store: EpisodicStore) -> None:
    store.erase(ADA)
    store.erase("2001:db8::7")
    six = QuarantineRecord(locator="log:2", reason="no time", raw=b"[2001:db8::7] marigold")
    write(store, make_batch(quarantined=[BAD, six]))
    assert len(store.quarantine()) == 2
    assert not says(store, "marigold")


def test_a_bad_record_that_can_be_read_now_becomes_a_blank_event(store: EpisodicStore) -> None:
    event = by_ada()
    bad = QuarantineRecord(
        locator="1", reason="odd", raw=f"{ADA} marigold".encode(), event_id=event.event_id
    )
    write(store, make_batch(quarantined=[bad]))
    store.erase(ADA)
    write(store, make_batch(event), kind="refresh")
    assert store.quarantine() == []
    assert row(store)["title"] == "[erased]"
