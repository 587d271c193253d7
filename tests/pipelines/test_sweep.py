"""The sweep over several sources: a fault of one keeps no other's files back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, SensorResult, SkipReason, build_sensor_context

from pipelines.config import SourceSpec
from pipelines.naming import lake_key
from pipelines.pace import Pace
from pipelines.sweep import build_sweep
from resources.configurable import StoreResource
from resources.stores.base import EpisodicStore
from resources.stores.memory import MemoryStore
from resources.stores.report import Consumer, DirtyWindow
from sources import StoreError
from tests.support.events import make_event

GOOD, BAD = "good", "bad"


class Faulty(MemoryStore):
    """A store that fails where it is asked about one source."""

    def dirty_windows(self, consumer: Consumer, source_id: str | None = None) -> list[DirtyWindow]:
        if source_id == BAD:
            raise StoreError("its index is damaged", remedy="Build it anew")
        return super().dirty_windows(consumer, source_id)


def sweep(tmp_path: Path, *source_ids: str) -> Any:
    store = Faulty()

    class FaultyResource(StoreResource):
        @contextmanager
        def open(self) -> Iterator[EpisodicStore]:
            yield store

    store.batch_record_events(make_event(source_id=name) for name in source_ids)
    resource = FaultyResource(home=str(tmp_path), lake_url=str(tmp_path))
    with DagsterInstance.ephemeral(str(tmp_path)) as instance:
        context = build_sensor_context(instance=instance, resources={"store": resource})
        specs = [SourceSpec(id=name, type="filesystem") for name in source_ids]
        return build_sweep(specs, Pace())(context)


def test_a_source_that_cannot_be_asked_keeps_no_other_back(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = sweep(tmp_path, BAD, GOOD)
    assert isinstance(answer, SensorResult)
    assert [request.asset_selection for request in answer.run_requests or ()] == [[lake_key(GOOD)]]
    assert "bad: its index is damaged" in capfd.readouterr().err


def test_a_sweep_that_finds_nothing_else_says_what_is_wrong(tmp_path: Path) -> None:
    answer = sweep(tmp_path, BAD)
    assert isinstance(answer, SkipReason)
    assert "bad: its index is damaged" in (answer.skip_message or "")
