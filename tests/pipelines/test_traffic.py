"""What is counted of requests, under Dagster: asked for and made with the lake's files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow.parquet as pq
import pytest
from dagster import (
    AssetKey,
    AssetSelection,
    DagsterInstance,
    Definitions,
    build_sensor_context,
    evaluate_automation_conditions,
    materialize,
)

from pipelines.config import Settings, SourceSpec
from pipelines.definitions import build_definitions
from pipelines.naming import drawn_keys, lake_key, range_tags, source_key, traffic_key
from pipelines.pace import Pace
from pipelines.sweep import build_sweep
from resources.stores.postgres import PostgresStore, open_postgres
from resources.stores.traffic import TRAFFIC_SCHEMA
from tests.support.access_logs import START, Service, request, requests

WEB = "web"


@dataclass(frozen=True, kw_only=True)
class Site:
    """A service's log, and Dagster's definitions of the source that reads it."""

    service: Service
    spec: SourceSpec
    definitions: Definitions
    instance: DagsterInstance
    store: PostgresStore
    home: Path

    def sync(self) -> None:
        """Read what is new."""
        self.make([source_key(WEB)])

    def make(self, keys: list[AssetKey], *windows: str) -> Any:
        """Materialise assets, of a range of windows."""
        done = materialize(
            list(self.definitions.assets or ()),  # type: ignore[arg-type]
            instance=self.instance,
            resources=dict(self.definitions.resources or {}),
            tags=range_tags(windows[0], windows[-1]) if windows else {},
            selection=keys,
        )
        assert done.success
        return done

    def draw(self, *windows: str) -> dict[str, Any]:
        """Draw windows; gives what is said of the traffic in the last one."""
        done = self.make(drawn_keys(self.spec), *windows)
        return said_of(done.asset_materializations_for_node("draw_web")[-1])

    def counts(self, window: str) -> int:
        """How many requests are counted in a window."""
        return int(self.store.get_traffic_table(WEB, window).to_pandas()["requests"].sum())


def said_of(event: Any) -> dict[str, Any]:
    """What an event in Dagster's history says."""
    return {name: entry.value for name, entry in event.metadata.items()}


@pytest.fixture
def site(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A log of 30 requests on two days."""
    monkeypatch.setenv("DAYBOOK_DATABASE_URL", database_url)
    service = Service(tmp_path)
    service.write(requests(range(30), timedelta(hours=1)))
    spec = SourceSpec(
        id=WEB,
        type="api_log",
        config={"paths": str(service.log), "format": "combined"},
        grain="day",
        start=date(2024, 1, 1),
    )
    settings = Settings(
        home=tmp_path,
        sources_path=tmp_path / "sources.yaml",
        database_url=database_url,
        lake_url=str(tmp_path / "lake"),
        sources=(spec,),
    )
    scratch = tmp_path / "dagster"
    scratch.mkdir()
    with (
        DagsterInstance.ephemeral(tempdir=str(scratch)) as instance,
        open_postgres(database_url) as store,
    ):
        definitions = build_definitions(settings, Pace())
        yield Site(
            service=service,
            spec=spec,
            definitions=definitions,
            instance=instance,
            store=store,
            home=tmp_path,
        )


def test_exactly_the_touched_windows_are_asked_for_of_both(site: Site) -> None:
    cursor: Any = None

    def asked() -> list[set[str]]:
        nonlocal cursor
        result = evaluate_automation_conditions(
            site.definitions,
            instance=site.instance,
            asset_selection=AssetSelection.assets(*drawn_keys(site.spec)),
            cursor=cursor,
        )
        cursor = result.cursor
        return [set(result.get_requested_partitions(key)) for key in drawn_keys(site.spec)]  # type: ignore[arg-type]

    assert asked() == [set(), set()]
    site.sync()
    assert asked() == [{"2024-02-25", "2024-02-26"}] * 2
    assert asked() == [set(), set()]
    site.service.write(requests(range(1), timedelta(hours=1)))  # late, of the first day
    site.sync()
    assert asked() == [{"2024-02-25"}] * 2


def test_a_run_counts_and_shows_its_windows(site: Site) -> None:
    site.sync()
    said = site.draw("2024-02-25", "2024-02-26")
    assert (site.counts("2024-02-25"), site.counts("2024-02-26")) == (12, 18)
    assert said["windows"] == ["2024-02-25", "2024-02-26"]
    assert (said["requests"], said["errors"]) == (18, 0)
    assert "data:image/png;base64," in said["over_time"]
    files = sorted((site.home / "lake" / "api_traffic" / WEB).iterdir())
    assert [file.name for file in files] == ["2024-02-25.parquet", "2024-02-26.parquet"]
    assert pq.read_schema(files[0]).remove_metadata().equals(TRAFFIC_SCHEMA)
    assert site.store.dirty_windows("lake") == []


def test_each_window_of_a_run_has_numbers_of_its_own(site: Site) -> None:
    site.sync()
    done = site.make(drawn_keys(site.spec), "2024-02-25", "2024-02-26")
    events, rows = done.asset_materializations_for_node("draw_web"), "dagster/partition_row_count"
    said = {(event.asset_key, event.partition): said_of(event) for event in events}
    filed = {window: said[lake_key(WEB), window][rows] for window in ("2024-02-25", "2024-02-26")}
    assert filed == site.store.window_counts(WEB) == {"2024-02-25": 12, "2024-02-26": 18}
    counted = said[traffic_key(WEB), "2024-02-25"]
    assert (counted["requests"], counted["errors"]) == (12, 0)
    assert counted[rows] == site.store.get_traffic_table(WEB, "2024-02-25").num_rows
    assert "over_time" not in counted, "it is of the newest window"


def test_the_sweep_asks_for_both_in_one_run(site: Site) -> None:
    site.sync()
    resources = dict(site.definitions.resources or {})
    context = build_sensor_context(instance=site.instance, resources={"store": resources["store"]})
    answer: Any = build_sweep([site.spec], Pace())(context)
    (request,) = answer.run_requests
    assert request.asset_selection == [lake_key(WEB), traffic_key(WEB)]


def test_an_empty_window_shows_nothing_to_draw(site: Site) -> None:
    said = site.draw("2024-01-01")
    assert said["windows"] == ["2024-01-01"]
    assert "over_time" not in said


def test_times_outside_of_a_window_are_counted_but_stretch_no_plot(site: Site) -> None:
    first = "2024-01-01"
    site.service.write(request("/old", datetime(1971, 5, 1, tzinfo=UTC)))
    site.sync()
    said = site.draw(first)
    assert said["requests"] == 1
    assert "over_time" not in said
    site.service.write(request("/new", datetime(2024, 1, 1, 12, tzinfo=UTC)))
    site.sync()
    said = site.draw(first)
    assert said["requests"] == 2
    assert "over_time" in said


def test_every_column_of_traffic_is_shown_with_its_meaning(site: Site) -> None:
    node = site.definitions.resolve_asset_graph().get(traffic_key(WEB))
    shown = node.metadata["dagster/column_schema"].columns
    assert [column.name for column in shown] == TRAFFIC_SCHEMA.names
    assert all(column.description for column in shown)


def test_analysts_read_table_and_view(site: Site, tmp_path: Path) -> None:
    site.sync()
    site.draw("2024-02-25", "2024-02-26")
    query = (
        "select t.method, t.status_class, sum(t.requests),"
        " (select max(status) from requests where route = '/{id}')"
        " from api_traffic t where minute >= %s group by 1, 2"
    )
    connection = psycopg2.connect(site.store.ensure_reader(tmp_path / "reader"))
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, [START])
            assert cursor.fetchall() == [("GET", "2xx", 30, 200)]
            cursor.execute(
                "select count(*) filter (where col_description(a.attrelid, a.attnum) is null)"
                " from pg_attribute a"
                " where a.attrelid = 'api_traffic'::regclass and a.attnum > 0"
            )
            assert cursor.fetchall() == [(0,)]
    finally:
        connection.close()
