"""Access logs all the way into a store: syncs, windows, quarantine, other settings."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipelines.config import SourceSpec
from pipelines.sync import refresh_window, retry_quarantined, sync_source
from resources.stores.memory import MemoryStore
from resources.stores.report import WriteReport
from tests.support.access_logs import Service, requests

COMMON = b'192.0.2.7 - - [25/Feb/2024:12:00:00 +0000] "GET /plain HTTP/1.1" 200 512\n'


def spec_of(service: Service, **config: Any) -> SourceSpec:
    """A source that reads the service's log."""
    return SourceSpec(
        id="web",
        type="api_log",
        config={"paths": str(service.log), **config},
        grain="day",
        start=date(2024, 1, 1),
    )


def sync(store: MemoryStore, spec: SourceSpec) -> WriteReport:
    return asyncio.run(sync_source(store, spec)).report


def test_a_window_read_again_changes_nothing(tmp_path: Path) -> None:
    service, store = Service(tmp_path), MemoryStore()
    service.write(requests(range(40), timedelta(hours=1)))
    service.rename()
    service.write(requests(range(40, 60), timedelta(hours=1)))
    spec = spec_of(service, format="combined")
    assert sync(store, spec).new == 60
    counts = store.window_counts("web")
    assert counts == {"2024-02-25": 12, "2024-02-26": 24, "2024-02-27": 24}
    for window, count in counts.items():
        report = asyncio.run(refresh_window(store, spec, window)).report
        assert (report.unchanged, report.new, report.retracted) == (count, 0, 0)


def test_a_better_format_turns_bad_lines_into_events_once(tmp_path: Path) -> None:
    service, store = Service(tmp_path), MemoryStore()
    service.write(requests(range(30)) + COMMON * 20)
    spec = spec_of(service, format="combined")
    report = sync(store, spec)
    assert (report.new, report.quarantined) == (30, 20)
    assert asyncio.run(retry_quarantined(store, spec)).report.quarantined == 20
    better = replace(spec, config={**spec.config, "format": "common"})
    assert asyncio.run(retry_quarantined(store, better)).report.new == 20
    assert store.quarantine("web") == []
    assert sync(store, spec).received == 0
    assert store.count() == 50


def test_other_settings_withdraw_nothing_whose_file_is_gone(tmp_path: Path) -> None:
    service, store = Service(tmp_path), MemoryStore()
    service.write(requests(range(10)))
    service.rename()
    service.write(requests(range(10, 15)))
    spec = spec_of(service, format="combined")
    sync(store, spec)
    service.generation(1).unlink()
    report = sync(store, replace(spec, config={**spec.config, "infer_routes": False}))
    assert (report.unchanged, report.retracted) == (5, 0)
    assert store.count() == 15
