"""One source under Dagster, in this process: its sensor ticks and its runs happen on demand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from dagster import (
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    Definitions,
    ExecuteInProcessResult,
    RunRequest,
    SensorResult,
    SkipReason,
    build_sensor_context,
    materialize,
)

from pipelines.config import Settings, SourceSpec
from pipelines.definitions import build_definitions
from pipelines.naming import lake_key, source_key
from pipelines.pace import Pace
from pipelines.sensors import build_sensor
from resources.stores.base import EpisodicStore
from tests.support.repositories import Repository

SOURCE = "code"


@dataclass
class Bench:
    """A source that follows a git repository, with what it left in store and lake."""

    repository: Repository
    store: EpisodicStore
    instance: DagsterInstance
    home: Path
    database_url: str
    pace: Pace = field(default_factory=Pace)
    details: dict[str, Any] = field(default_factory=dict)
    cursor: str | None = None

    @property
    def spec(self) -> SourceSpec:
        given: dict[str, Any] = {
            "every": timedelta(seconds=30),
            "type": "filesystem",
        } | self.details
        here = {"root_dir": str(self.repository.path)} if given["type"] == "filesystem" else {}
        return SourceSpec(id=SOURCE, **{**given, "config": here | given.get("config", {})})

    @property
    def definitions(self) -> Definitions:
        settings = Settings(
            home=self.home,
            sources_path=self.home / "sources.yaml",
            database_url=self.database_url,
            lake_url=str(self.home / "lake"),
            sources=(self.spec,),
        )
        return build_definitions(settings, self.pace)

    def tick(self) -> SensorResult | SkipReason:
        """Let the sensor tick once; it remembers what the daemon would."""
        resources = dict(self.definitions.resources or {})
        context = build_sensor_context(
            instance=self.instance,
            cursor=self.cursor,
            resources={"store": resources["store"]},
        )
        answer = build_sensor(self.spec, self.pace)(context)
        assert isinstance(answer, SensorResult | SkipReason)
        if isinstance(answer, SensorResult):
            self.cursor = answer.cursor
        return answer

    def ask(self) -> RunRequest:
        """Tick, and expect a request."""
        answer = self.tick()
        assert isinstance(answer, SensorResult), answer
        assert answer.run_requests, answer.skip_reason
        (request,) = answer.run_requests
        return request

    def skip(self) -> str:
        """Tick, and expect none; gives the reason."""
        answer = self.tick()
        if isinstance(answer, SkipReason):
            return answer.skip_message or ""
        assert not answer.run_requests, answer.run_requests
        assert answer.skip_reason is not None
        return answer.skip_reason.skip_message or ""

    def run(self, request: RunRequest, *, succeed: bool = True) -> ExecuteInProcessResult:
        """Do what was asked for."""
        config = dict(request.run_config or {})
        (key,) = request.asset_selection or ()
        done = self._materialize(key, config=config, tags=request.tags)
        assert done.success is succeed
        return done

    def refresh(self, *windows: str) -> ExecuteInProcessResult:
        """Read a range of windows again, as a person in the web UI does."""
        return self._materialize(source_key(SOURCE), tags=_range(windows))

    def draw(self, *windows: str, tags: Mapping[str, str] | None = None) -> ExecuteInProcessResult:
        """Draw the files of a range of windows; with no tags as a person in the web UI does."""
        return self._materialize(lake_key(SOURCE), tags={**_range(windows), **(tags or {})})

    def _materialize(
        self, key: Any, *, config: dict[str, Any] | None = None, tags: Mapping[str, str]
    ) -> ExecuteInProcessResult:
        definitions = self.definitions
        return materialize(
            list(definitions.assets or ()),  # type: ignore[arg-type]
            instance=self.instance,
            resources=dict(definitions.resources or {}),
            run_config=config,
            tags=dict(tags),
            selection=[key],
            raise_on_error=False,
        )

    def pretend(self, request: RunRequest, status: DagsterRunStatus) -> DagsterRun:
        """Have a run for the request in Dagster's books that stands at ``status``."""
        job = self.definitions.resolve_implicit_global_asset_job_def()
        run = self.instance.create_run_for_job(
            job,
            run_config=dict(request.run_config or {}),
            tags=dict(request.tags),
            asset_selection=frozenset(request.asset_selection or ()),
        )
        if status is DagsterRunStatus.CANCELED:
            self.instance.report_run_canceled(run)
        return run


def _range(windows: tuple[str, ...]) -> dict[str, str]:
    return {
        "dagster/asset_partition_range_start": windows[0],
        "dagster/asset_partition_range_end": windows[-1],
    }
