"""The factory as a resource: sources opened in the run's loop, secrets by name only."""

from pathlib import Path

import pytest
from dagster import build_init_resource_context

from resources.configurable import SourceResource, describe_entry
from sources import ConfigError, EventSourceFactory
from sources.filesystem import FilesystemEventSource
from tests.support.git_repository import linear_repository


def resource(root: Path) -> SourceResource:
    config = {"root_dir": str(root), "branch": None}
    entry = describe_entry("filesystem", "here", config, {})
    return SourceResource(source=entry)


def test_a_source_is_opened_as_configured_and_closed_with_the_block(tmp_path: Path) -> None:
    linear_repository(tmp_path / "demo", 3)

    async def read(held: SourceResource) -> list[str]:
        async with held.open() as source:
            titles = [event.subject async for event in source.generate_events()]
            cursor = await source.get_cursor()
        async with held.open(cursor) as source:  # the first is closed, or its id would be taken
            assert not (await source.probe()).new
        return titles

    with resource(tmp_path / "demo").yield_for_execution(build_init_resource_context()) as held:
        assert len(held.run(read(held))) == 3


def test_a_type_that_comes_too_late_for_dagster_is_named() -> None:
    EventSourceFactory.register_source("latecomer", FilesystemEventSource)
    try:
        with pytest.raises(ConfigError, match="'latecomer' was registered after") as caught:
            describe_entry("latecomer", "here", {}, {})
    finally:
        EventSourceFactory.unregister_source("latecomer")
    assert "entry point" in caught.value.remedy
    with pytest.raises(ConfigError, match="unknown source type"):
        describe_entry("latecomer", "here", {}, {})


def test_a_wrong_setting_is_named_when_the_source_is_opened(tmp_path: Path) -> None:
    async def enter(held: SourceResource) -> None:
        async with held.open():
            pass

    with (
        resource(tmp_path / "none").yield_for_execution(build_init_resource_context()) as held,
        pytest.raises(ConfigError, match="here"),
    ):
        held.run(enter(held))
