"""What was erased stays out, whatever a source gives later."""

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from resources.stores.base import EpisodicStore
from resources.stores.memory import MemoryStore
from tests.support.erased import ADA, by_ada, by_bob, held, row, says
from tests.support.events import MARCH, SOURCE, begin, make_batch, write


def test_the_same_record_again_changes_nothing(store: EpisodicStore) -> None:
    write(store, make_batch(by_ada(), cursor={"at": 1}))
    store.erase(ADA)
    before = held(store)
    report = write(store, make_batch(by_ada()), fingerprint="another")
    assert (report.new, report.revised, report.unchanged, report.retracted) == (0, 0, 1, 0)
    assert write(store, make_batch(by_ada()), kind="refresh", window="2024-03").unchanged == 1
    assert held(store) == before


def test_new_records_come_in_blank(store: EpisodicStore) -> None:
    write(store, make_batch(by_ada("1")))
    pseudonym = store.erase(ADA).pseudonym
    assert write(store, make_batch(by_ada("2"), by_bob("3"))).new == 2
    store.batch_record_events([by_ada("4")])
    assert not says(store, "marigold")
    assert [item["actor_key"] for item in held(store)].count(pseudonym) == 3


def test_who_was_never_met_is_remembered_too(store: EpisodicStore) -> None:
    assert store.erase(ADA).events == 0
    write(store, make_batch(by_ada()))
    assert row(store)["title"] == "[erased]"


def test_an_edit_comes_in_blank_and_so_does_what_it_replaces(store: EpisodicStore) -> None:
    write(store, make_batch(by_ada()))
    store.erase(ADA)
    edited = by_ada(body="marigold edited", revised_at=MARCH + timedelta(days=1))
    assert write(store, make_batch(edited)).revised == 1
    assert write(store, make_batch(edited)).unchanged == 1
    assert not says(store, "marigold")


def test_an_account_that_is_gone_brings_no_text_back(store: EpisodicStore) -> None:
    write(store, make_batch(by_ada()))
    pseudonym = store.erase(ADA).pseudonym
    ghost = by_ada(actor="ghost", actor_key="ghost", session_id="octo/demo#1", scope=None)
    write(store, make_batch(ghost))
    assert write(store, make_batch(ghost)).unchanged == 1
    assert row(store)["actor_key"] == pseudonym
    assert not says(store, "marigold")


def test_a_kind_without_digest_stays_without(store: EpisodicStore) -> None:
    request = by_ada("1", kind="http.request", actor_key="192.0.2.7", session_id="192.0.2.7/x")
    table = make_batch(request).events
    index = table.schema.get_field_index("digest")
    bare = table.set_column(index, table.schema.field(index), pa.nulls(1, pa.binary(16)))
    store_request(store, bare)
    store.erase("192.0.2.7")
    assert row(store)["digest"] is None
    assert store_request(store, bare).unchanged == 1
    assert not says(store, "marigold")


def store_request(store: EpisodicStore, table: pa.Table) -> Any:
    batch = make_batch()
    with begin(store) as writing:
        writing.write(type(batch)(events=table, cursor=None))
        return writing.finish()


def test_a_withdrawn_event_that_comes_back_is_blank(store: EpisodicStore) -> None:
    event = by_ada()
    write(store, make_batch(event))
    write(store, make_batch(retracted=[event.event_id]))
    store.erase(ADA)
    assert write(store, make_batch(event)).revised == 1
    assert store.count() == 1
    assert not says(store, "marigold")


def test_the_last_of_twins_counts_in_their_order(store: EpisodicStore) -> None:
    store.erase(ADA)
    write(store, make_batch(by_ada("1"), by_bob("2"), by_ada("3"), by_bob("1")))
    assert [item["title"] for item in store.get_events_table().to_pylist()].count("tulip") == 2
    assert not says(store, "marigold")


def test_rows_of_the_lake_are_put_back_blank(store: EpisodicStore) -> None:
    write(store, make_batch(by_ada("1"), by_bob("2")))
    rows = store.get_events_table().to_batches()
    store.erase(ADA)
    store.remove_source(SOURCE)
    assert store.load_rows(iter(rows), source_type="filesystem") == 2
    assert not says(store, "marigold")
    assert sorted(item["title"] for item in held(store)) == ["[erased]", "tulip"]


def test_another_store_remembers_what_it_is_told(store: EpisodicStore) -> None:
    other = MemoryStore()
    other.erase(ADA)
    assert store.load_erasures(other.erasures()) == 1
    assert store.load_erasures(other.erasures()) == 0
    write(store, make_batch(by_ada()))
    assert row(store)["actor_key"] == other.erasures()[0].pseudonym
    assert not says(store, "marigold")


def test_attributes_that_are_no_json_are_refused_as_before(store: EpisodicStore) -> None:
    store.erase(ADA)
    table = make_batch(by_bob("1")).events
    index = table.schema.get_field_index("attributes")
    odd = pa.array(['{"author_email'], pa.string())
    broken = table.set_column(index, table.schema.field(index), odd)
    with begin(store) as writing, pytest.raises(Exception, match=r"canonical|json|JSON"):
        writing.write(type(make_batch())(events=broken, cursor=None))
