"""Traffic: what is counted of requests equals a plain computation over the same rows."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resources.stores.base import EpisodicStore, EventFilter
from resources.stores.lake import Lake
from resources.stores.memory import MemoryStore
from resources.stores.traffic import KEYS, TRAFFIC_SCHEMA, TrafficTally
from sources.event import EpisodicEvent
from tests.support.events import SOURCE, make_batch, make_event, write

NOON = datetime(2024, 3, 9, 12, tzinfo=UTC)
DAY = "2024-03-09"
MEASURES = TRAFFIC_SCHEMA.names[2 + len(KEYS) :]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def make_hit(native: str, seconds: float = 0, **fields: Any) -> EpisodicEvent:
    """A request some seconds after noon; ``route``, ``status`` … are attributes."""
    status = fields.pop("status", 200)
    attributes = {
        "http.request.method": fields.pop("method", "GET"),
        "url.path": fields.pop("path", "/users/4711"),
        "http.route": fields.pop("route", "/users/{id}"),
        "http.response.status_code": status,
        "http.response.body.size": fields.pop("size", 512),
        "extras": {"http.route": "/not/this", "http.response.status_code": "418"},
    }
    held = {key: value for key, value in attributes.items() if value is not None}
    values: dict[str, Any] = {
        "kind": "http.request",
        "source_type": "api_log",
        "occurred_at": NOON + timedelta(seconds=seconds),
        "scope": "shop.example.org",
        "outcome": None if status is None else "failure" if status >= 500 else "success",
        "duration_ms": 12.5,
        "attributes": held,
    }
    return make_event(native, **{**values, **fields})


def hits(count: int, seed: int = 7) -> list[EpisodicEvent]:
    """Requests at random over some minutes, with and without each thing that may lack."""
    dice = random.Random(seed)  # noqa: S311 -- rows, no secrets
    return [
        make_hit(
            str(number),
            round(dice.uniform(-90, 240), 6),
            status=dice.choice([200, 204, 302, 404, 500, 503, None]),
            method=dice.choice(["GET", "POST", None]),
            route=dice.choice(["/users/{id}", "/cart\t\\N\n", None]),
            path=dice.choice(["/a", None]),
            size=dice.choice([0, 5, 7_000_000_000, None]),
            scope=dice.choice(["shop.example.org", None]),
            duration_ms=dice.choice([None, dice.expovariate(0.01)]),
        )
        for number in range(count)
    ]


def expected(events: pa.Table) -> list[dict[str, Any]]:
    """The same by pandas, from the events alone."""
    frame = events.filter(pa.compute.field("kind") == "http.request").to_pandas()
    held = frame.attributes.map(json.loads)
    status = held.map(lambda item: item.get("http.response.status_code"))
    frame = pd.DataFrame(
        {
            "minute": frame.occurred_at.dt.floor("min"),
            "host": frame.scope,
            "route": held.map(lambda item: item.get("http.route", item.get("url.path"))),
            "method": held.map(lambda item: item.get("http.request.method")),
            "status_class": status.map(lambda code: f"{code:.0f}"[0] + "xx", na_action="ignore"),
            "failed": status >= 500,
            "size": held.map(lambda item: item.get("http.response.body.size")).astype("Int64"),
            "duration": frame.duration_ms,
        }
    )
    rows = []
    for key, group in frame.groupby(list(KEYS), dropna=False):
        quantiles = group.duration.quantile([0.5, 0.95, 0.99, 1.0])
        row = [*key, len(group), int(group.failed.sum()), group["size"].sum(min_count=1)]
        rows.append([None if pd.isna(v) else v for v in [*row, group.duration.count(), *quantiles]])
    return [dict(zip(TRAFFIC_SCHEMA.names[2:], row, strict=True)) for row in rows]


def sort_key(row: dict[str, Any]) -> list[tuple[bool, Any]]:
    return [(row[name] is None, row[name]) for name in KEYS]


def count(traffic: pa.Table) -> int:
    return int(traffic.to_pandas()["requests"].sum())


def assert_traffic(found: pa.Table, events: pa.Table) -> None:
    rows = sorted(found.to_pylist(), key=sort_key)
    wanted = sorted(expected(events), key=sort_key)
    assert len(rows) == len(wanted)
    for row, right in zip(rows, wanted, strict=True):
        assert sort_key(row) == sort_key(right)
        assert [row[key] for key in MEASURES] == pytest.approx([right[key] for key in MEASURES])


def test_traffic_is_what_pandas_counts(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(*hits(600), make_event("commit", occurred_at=NOON)), grain="day")
    lake.catch_up(store)
    traffic = store.get_traffic_table(SOURCE, DAY)
    assert traffic.schema.equals(TRAFFIC_SCHEMA)
    assert_traffic(traffic, store.get_events_table())
    assert count(traffic) == 600


def test_the_file_holds_what_the_store_does(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(*hits(200)), grain="day")
    lake.catch_up(store)
    path = Path(lake.traffic_path) / SOURCE / f"{DAY}.parquet"
    file = pq.read_table(path)
    assert file.schema.remove_metadata().equals(TRAFFIC_SCHEMA)
    rows = store.get_traffic_table(SOURCE, DAY).to_pylist()
    assert sorted(file.to_pylist(), key=sort_key) == sorted(rows, key=sort_key)
    frame = pd.read_parquet(lake.traffic_path)
    assert list(frame.columns) == TRAFFIC_SCHEMA.names


def test_late_and_withdrawn_requests_are_counted_anew(store: EpisodicStore, lake: Lake) -> None:
    events = hits(50)
    write(store, make_batch(*events[:40]), grain="day")
    lake.catch_up(store)
    write(store, make_batch(*events[40:], retracted=[events[0].event_id]), grain="day")
    lake.catch_up(store)
    assert count(store.get_traffic_table(SOURCE, DAY)) == 49
    assert_traffic(store.get_traffic_table(SOURCE, DAY), store.get_events_table())


def test_each_window_has_its_own(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(make_hit("1"), make_hit("2", 86_400)), grain="day")
    lake.catch_up(store)
    for window in (DAY, "2024-03-10"):
        (row,) = store.get_traffic_table(SOURCE, window).to_pylist()
        assert (row["source_id"], row["window"], row["requests"]) == (SOURCE, window, 1)
    write(store, grain="month")
    lake.catch_up(store)
    assert store.get_traffic_table(SOURCE, DAY).num_rows == 0
    assert store.get_traffic_table(SOURCE, "2024-03").num_rows == 2


def test_nothing_is_left_of_a_source_that_is_removed(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(*hits(20)), grain="day")
    lake.catch_up(store)
    store.remove_source(SOURCE)
    assert store.get_traffic_table(SOURCE, DAY).num_rows == 0
    lake.catch_up(store)
    assert list(Path(lake.traffic_path).rglob("*.parquet")) == []
    assert lake.read_window(SOURCE, DAY, ["occurred_at"]).num_rows == 0


@pytest.mark.parametrize("damage", ["no file", "another file", "no Parquet", "table"])
def test_a_wrong_count_is_found_and_mended(store: EpisodicStore, lake: Lake, damage: str) -> None:
    write(store, make_batch(*hits(200)), grain="day")
    lake.catch_up(store)
    assert lake.verify(store) == []
    path = Path(lake.traffic_path) / SOURCE / f"{DAY}.parquet"
    match damage:
        case "no file":
            path.unlink()
        case "another file":
            pq.write_table(pq.read_table(path).slice(1), path)
        case "no Parquet":
            path.write_bytes(b"PAR1")
        case _:
            store.replace_traffic(SOURCE, DAY, TRAFFIC_SCHEMA.empty_table())
    (fault,) = lake.verify(store)
    assert (fault.window, fault.problem, fault.path) == (DAY, "content", str(path))
    lake.rebuild(store)
    assert lake.verify(store) == []


def test_sources_without_requests_have_none(store: EpisodicStore, lake: Lake) -> None:
    write(store, make_batch(make_event("1")))
    lake.catch_up(store)
    assert not Path(lake.traffic_path).exists()


def test_attributes_of_another_kind_are_passed_over(store: EpisodicStore, lake: Lake) -> None:
    odd = {
        "http.request.method": ["GET"],
        "http.route": 7,
        "http.response.status_code": "200",
        "http.response.body.size": 10**40,
    }
    write(store, make_batch(make_hit("1", attributes=odd, duration_ms=None)), grain="day")
    lake.catch_up(store)
    (row,) = store.get_traffic_table(SOURCE, DAY).to_pylist()
    assert row == dict.fromkeys(TRAFFIC_SCHEMA.names) | {
        "source_id": SOURCE,
        "window": DAY,
        "minute": NOON,
        "host": "shop.example.org",
        "requests": 1,
        "errors": 0,
        "timed": 0,
    }


def test_a_day_counted_in_pieces_is_counted_alike() -> None:
    store = MemoryStore()
    write(store, make_batch(*hits(400)), grain="day")
    table = store.get_events_table(EventFilter(kind="http.request"))
    whole, pieces = TrafficTally(SOURCE, DAY, 10**9), TrafficTally(SOURCE, DAY, 25)
    for tally, rows in ((whole, 400), (pieces, 7)):
        assert sum(map(len, tally.watch(table.to_batches(max_chunksize=rows)))) == 400
    found, wanted = pieces.table().to_pylist(), whole.table().to_pylist()
    assert sorted(found, key=sort_key) == sorted(wanted, key=sort_key)
    assert_traffic(pieces.table(), table)
