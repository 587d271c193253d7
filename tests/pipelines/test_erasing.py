"""What Dagster keeps of a source has no text in it that the store may have to forget."""

from dagster import AssetSelection, materialize

from pipelines.naming import lake_key
from sources import EventBatch, QuarantineRecord, batch_table
from tests.support.bench import SOURCE, Bench
from tests.support.events import make_request

MARK = "marigold"
PERSON = "Ada"


def told(bench: Bench) -> str:
    """All that Dagster keeps: events, metadata, logs, and what it remembers of each asset."""
    runs = bench.instance.get_runs()
    assert runs
    logs = [bench.instance.all_logs(run.run_id) for run in runs]
    assets = bench.instance.get_asset_records()
    return repr((runs, logs, assets, bench.cursor))


def test_dagster_never_holds_what_a_person_wrote(bench: Bench) -> None:
    bench.repository.commit(f"Plant a {MARK}", author=PERSON, marigold="text")
    request = make_request(source_id=SOURCE, kind="refresh")
    bench.run(bench.ask())
    with bench.store.begin_pass(request) as writing:
        bad = QuarantineRecord(locator="log:1", reason=f"no {MARK}", raw=MARK.encode())
        writing.write(EventBatch(events=batch_table([]), cursor=None, quarantined=[bad]))
    assert bench.refresh("2024-01", "2024-03").success
    assert bench.draw("2024-01", "2024-03").success
    definitions = bench.definitions
    done = materialize(
        [*(definitions.assets or ()), *(definitions.asset_checks or ())],  # type: ignore[list-item]
        instance=bench.instance,
        resources=dict(definitions.resources or {}),
        selection=AssetSelection.all_asset_checks(),
        raise_on_error=False,
    )
    assert done.get_asset_check_evaluations()
    text = told(bench)
    assert "event_id" in text
    assert MARK not in text
    assert f"{PERSON.lower()}@example.org" not in text
    assert bench.store.search_events(MARK)
    bench.store.erase(f"{PERSON.lower()}@example.org")
    assert bench.store.search_events(MARK) == []
    assert bench.draw("2024-01", "2024-03").success
    assert lake_key(SOURCE) in bench.instance.all_asset_keys()
