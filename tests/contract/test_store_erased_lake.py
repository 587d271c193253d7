"""The lake's files lose what the store erased, and remember whose it was."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from resources.stores.base import EpisodicStore
from resources.stores.lake import Lake
from resources.stores.memory import MemoryStore
from sources.errors import StoreError
from sources.event import EpisodicEvent
from tests.support.erased import ADA, by_ada, by_bob, held, row, says
from tests.support.events import SOURCE, make_batch, write

REQUEST = {"url.path": "/marigold", "http.request.method": "GET"}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def request_by_ada(native: str) -> EpisodicEvent:
    return by_ada(native, kind="http.request", subject="GET /marigold", attributes=REQUEST)


def texts(lake: Lake) -> str:
    """All that stands in any file of the lake."""
    root = Path(lake.events_path).parent
    tables = [pq.read_table(path).to_pylist() for path in sorted(root.rglob("*.parquet"))]
    return repr((tables, [path.read_text() for path in root.rglob("*.json")]))


def test_files_are_drawn_without_the_text(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(by_ada("1"), by_bob("2"), request_by_ada("3")))
    lake.rebuild(store)
    assert "marigold" in repr(store.get_traffic_table(SOURCE, "2024-03").to_pylist())
    store.erase(ADA)
    lake.note_erasures(store)
    lake.catch_up(store)
    assert "marigold" not in texts(lake)
    assert ADA not in texts(lake)
    assert "tulip" in texts(lake)
    traffic = store.get_traffic_table(SOURCE, "2024-03").to_pylist()
    assert [(line["route"], line["requests"]) for line in traffic] == [(None, 1)]
    assert lake.verify(store) == []


def test_a_store_made_from_the_files_keeps_the_text_out(store: EpisodicStore, lake: Lake) -> None:
    before = MemoryStore()
    write(before, make_batch(by_ada("1"), by_bob("2")))
    before.erase(ADA)
    lake.rebuild(before)
    lake.restore(store)
    assert store.erasures() == before.erasures()
    report = write(store, make_batch(by_ada("1"), by_bob("2"), by_ada("3")))
    assert (report.new, report.revised, report.unchanged) == (1, 0, 2)
    assert not says(store, "marigold")


def test_older_files_bring_nothing_back(store: EpisodicStore, lake: Lake, tmp_path: Path) -> None:
    write(store, make_batch(by_ada("1"), by_bob("2")))
    lake.rebuild(store)
    shutil.copytree(tmp_path / "lake", tmp_path / "older")
    store.erase(ADA)
    store.remove_source(SOURCE)
    assert Lake(tmp_path / "older").restore(store) == {SOURCE: 2}
    assert not says(store, "marigold")
    assert len(held(store)) == 2


def test_nothing_is_noted_once_all_is_lifted(store: EpisodicStore, lake: Lake) -> None:
    store.erase(ADA)
    lake.note_erasures(store)
    noted = Path(lake.events_path).parent / "erasures.json"
    assert noted.is_file()
    store.lift_erasure(ADA)
    lake.rebuild(store)
    assert not noted.exists()


@pytest.mark.parametrize("text", ["no json", "[{}]", '[{"salt": 1, "key_hash": 1}]', "[1]"])
def test_a_note_that_cannot_be_read_is_no_empty_one(
    store: EpisodicStore, lake: Lake, text: str
) -> None:
    write(store, make_batch(by_ada()))
    lake.rebuild(store)
    (Path(lake.events_path).parent / "erasures.json").write_text(text)
    with pytest.raises(StoreError, match="erasures"):
        lake.restore(MemoryStore())
    assert row(store)["title"] == "marigold title"
