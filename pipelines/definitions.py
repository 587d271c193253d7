"""Configuration in, Dagster's definitions out. Importing this opens no connection."""

import os
from collections.abc import Mapping
from pathlib import Path

from dagster import Definitions, EnvVar, in_process_executor

from pipelines.assets import build_source_asset
from pipelines.checks import build_lake_check, build_source_checks, build_verification
from pipelines.config import Settings, SourceSpec
from pipelines.lake import build_automation_sensor, build_lake_asset
from pipelines.lean import use_system_memory
from pipelines.loading import load_settings
from pipelines.naming import source_resource
from pipelines.pace import Pace, read_pace
from pipelines.retention import build_retention
from pipelines.schedules import build_schedule
from pipelines.sensors import build_sensor
from pipelines.sweep import build_sweep
from resources.configurable import SourceResource, StoreResource, describe_entry


def build_definitions(settings: Settings, pace: Pace) -> Definitions:
    """Make everything that Dagster shows of the configured sources."""
    specs = settings.sources
    own_lake = str(settings.home / "lake")
    return Definitions(
        assets=[
            *(build_source_asset(spec, pace) for spec in specs),
            *(build_lake_asset(spec) for spec in specs),
        ],
        asset_checks=[
            *(build_source_checks(spec) for spec in specs),
            *(build_lake_check(spec) for spec in specs),
        ],
        sensors=[
            *(build_sensor(spec, pace) for spec in specs),
            *([build_automation_sensor(specs), build_sweep(specs, pace)] if specs else ()),
            build_retention(pace),
        ],
        schedules=[
            *(build_schedule(spec) for spec in specs if spec.refresh_windows),
            *([build_verification(specs)] if specs else ()),
        ],
        executor=in_process_executor,
        resources={
            "store": StoreResource(
                home=str(settings.home),
                database_url=EnvVar("DAYBOOK_DATABASE_URL") if settings.database_url else None,
                # Dagster shows what stands here, and a URL may hold a secret.
                lake_url=own_lake if settings.lake_url == own_lake else EnvVar("DAYBOOK_LAKE"),
            ),
            **{source_resource(spec.id): _describe(spec) for spec in specs},
        },
    )


def _describe(spec: SourceSpec) -> SourceResource:
    secrets = {name: reference.name for name, reference in spec.credentials.items()}
    return SourceResource(
        source=describe_entry(spec.type, spec.id, spec.config, secrets),
        cache_dir=None if spec.cache_dir is None else str(spec.cache_dir),
    )


def load_definitions(environ: Mapping[str, str], cwd: Path) -> Definitions:
    """Make the definitions of the configuration that the environment names.

    Raises:
        ConfigError: all mistakes at once; Dagster shows them where it shows the definitions.
    """
    return build_definitions(load_settings(environ, cwd), read_pace(environ))


use_system_memory()
defs = load_definitions(os.environ, Path.cwd())
