"""The factory: the registry, making, tracking and closing of sources, cursors saved and loaded."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest

import sources
from resources.cursors import FileCursorStore, MemoryCursorStore
from resources.stores.memory import MemoryStore
from sources import (
    BaseEventSource,
    ConfigError,
    Cursor,
    EpisodicEvent,
    EventSourceFactory,
    RecordError,
    UnavailableError,
)
from tests.support.events import MARCH, make_event
from tests.support.repositories import Repository, make_repository


class Counting(BaseEventSource):
    """Events 0 to 4, one for each number after the cursor."""

    SOURCE_TYPE = "counting"

    @classmethod
    async def create(cls, credentials: dict[str, Any], config: dict[str, Any]) -> Self:
        assert credentials == {}
        await asyncio.sleep(0)
        source = cls(config.get("named", config["source_id"]), config=config)
        await source.set_cursor(config.get("cursor"))
        return source

    async def validate(self) -> bool:
        return bool(self.config.get("valid", True))

    async def supports_incremental(self) -> bool:
        return bool(self.config.get("incremental", True))

    async def aclose(self) -> None:
        if self.config.get("stuck"):
            raise OSError(f"{self.source_id} does not close")
        self.config["closed"] = True

    async def generate_events(self) -> AsyncGenerator[EpisodicEvent, None]:
        begin = (self._cursor or {"next": 0})["next"]
        for number in range(begin, 5):
            self._cursor = {"next": number + 1}
            if number == self.config.get("bad"):
                self._quarantine(RecordError("broken", locator=str(number)))
                continue
            event = make_event(
                str(number),
                source_id=self.source_id,
                occurred_at=MARCH + timedelta(hours=number),
            )
            self._log_event_generated(event)
            yield event


@pytest.fixture(autouse=True)
def _counting() -> Iterator[None]:
    EventSourceFactory.register_source("counting", Counting)
    yield
    EventSourceFactory.unregister_source("counting")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "repository", commits=3)


# The way it is meant to be used --------------------------------------------------------------


def test_a_script_reads_stores_and_goes_on_from_a_commit(
    repository: Repository, tmp_path: Path
) -> None:
    first = repository.git("rev-list", "--max-parents=0", "HEAD").strip()
    store = MemoryStore()
    factory = EventSourceFactory(cursor_store=FileCursorStore(tmp_path / "cursors"))

    async def script() -> None:
        config: dict[str, Any] = {"root_dir": str(repository.path)}
        config["cursor"] = {"last_commit_sha": first}
        source = await factory.create_source("filesystem", "athena-repo", {}, config)
        async for event in source.generate_events():
            store.record_event(event)
        assert await factory.save_cursor("athena-repo")
        await factory.close_all_sources()

    asyncio.run(script())
    assert store.count() == 2
    assert first not in {event.subject for event in store.get_events()}
    again = EventSourceFactory(cursor_store=FileCursorStore(tmp_path / "cursors"))

    async def nothing_new() -> list[EpisodicEvent]:
        source = await again.create_source(
            "filesystem", "athena-repo", {}, {"root_dir": str(repository.path)}
        )
        async with source:
            return [event async for event in source.generate_events()]

    assert asyncio.run(nothing_new()) == []


# The registry --------------------------------------------------------------------------------


def test_types_are_registered_and_forgotten() -> None:
    assert {"counting", "filesystem"} <= set(EventSourceFactory.get_registered_sources())
    assert EventSourceFactory.is_source_available("counting")
    EventSourceFactory.register_source("counting", Counting)
    with pytest.raises(ConfigError, match="already"):
        EventSourceFactory.register_source("filesystem", Counting)
    with pytest.raises(TypeError, match="int"):
        EventSourceFactory.register_source("number", int)  # type: ignore[arg-type]
    assert EventSourceFactory.unregister_source("counting")
    assert not EventSourceFactory.unregister_source("counting")
    assert not EventSourceFactory.is_source_available("counting")


def test_the_built_in_types_are_classes_of_the_package_too() -> None:
    classes = {getattr(sources, name) for name in sources.__all__ if name.endswith("EventSource")}
    names = ("api_log", "filesystem", "github", "slack")
    assert {EventSourceFactory.get_source_class(name) for name in names} == classes - {
        BaseEventSource
    }
    with pytest.raises(AttributeError, match="'SlakEventSource'"):
        _ = sources.SlakEventSource  # type: ignore[attr-defined]


def test_an_unknown_type_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'counting'"):
        EventSourceFactory.get_source_class("countin")


# Making, tracking, closing -------------------------------------------------------------------


def test_many_are_made_at_once() -> None:
    async def make() -> EventSourceFactory:
        factory = EventSourceFactory()
        async with asyncio.TaskGroup() as group:
            for number in range(20):
                group.create_task(factory.create_source("counting", f"s{number}", {}, {}))
        return factory

    factory = asyncio.run(make())
    assert sorted(factory.get_active_sources()) == sorted(f"s{number}" for number in range(20))


def test_the_same_id_twice_is_an_error() -> None:
    async def make() -> list[object]:
        factory = EventSourceFactory()
        twice = [factory.create_source("counting", "demo", {}, {}) for _ in range(2)]
        return list(await asyncio.gather(*twice, return_exceptions=True))

    made, refused = asyncio.run(make())
    assert isinstance(made, Counting)
    assert isinstance(refused, ConfigError)
    assert "demo" in str(refused)


def test_a_closed_source_frees_its_id() -> None:
    async def use() -> None:
        factory = EventSourceFactory()
        source = await factory.create_source("counting", "demo", {}, {})
        assert await factory.close_source("demo")
        assert source.config["closed"]
        assert not await factory.close_source("demo")
        await factory.create_source("counting", "demo", {}, {})

    asyncio.run(use())


@pytest.mark.parametrize("source_id", ["", "Demo", "../x", "-x", "_x", "a" * 101, "a b"])
def test_an_id_that_is_no_name_is_refused(source_id: str) -> None:
    with pytest.raises(ConfigError, match="not allowed"):
        asyncio.run(EventSourceFactory().create_source("counting", source_id, {}, {}))


@pytest.mark.parametrize(
    ("config", "error"),
    [({"valid": False}, UnavailableError), ({"named": "other"}, ConfigError)],
)
def test_a_source_that_fails_its_check_is_closed_and_not_kept(
    config: dict[str, Any], error: type[Exception]
) -> None:
    factory = EventSourceFactory()
    with pytest.raises(error, match="demo"):
        asyncio.run(factory.create_source("counting", "demo", {}, config))
    assert factory.get_active_sources() == {}
    asyncio.run(factory.create_source("counting", "demo", {}, {}))


def test_all_are_closed_even_if_one_fails() -> None:
    async def use() -> list[BaseEventSource]:
        factory = EventSourceFactory()
        made = [
            await factory.create_source("counting", name, {}, {"stuck": name == "b"})
            for name in "abc"
        ]
        with pytest.raises(ExceptionGroup) as caught:
            await factory.close_all_sources()
        assert [str(error) for error in caught.value.exceptions] == ["b does not close"]
        assert factory.get_active_sources() == {}
        await factory.close_all_sources()
        return made

    made = asyncio.run(use())
    assert [bool(source.config.get("closed")) for source in made] == [True, False, True]


def test_stats_add_up() -> None:
    async def use() -> dict[str, Any]:
        factory = EventSourceFactory()
        source = await factory.create_source("counting", "demo", {}, {"bad": 2})
        assert len([event async for event in source.generate_events()]) == 4
        return factory.get_stats()

    stats = asyncio.run(use())
    assert stats["active_sources"] == 1
    assert "counting" in stats["registered_types"]
    own = stats["sources"]["demo"]
    assert (own["events_generated"], own["events_quarantined"], own["events_skipped"]) == (4, 1, 0)
    assert own["last_event_time"] == MARCH + timedelta(hours=4)


# Cursors -------------------------------------------------------------------------------------


async def titles(factory: EventSourceFactory, **config: Any) -> list[str]:
    source = await factory.create_source("counting", "demo", {}, config)
    return [event.subject async for event in source.generate_events()]


def test_a_saved_cursor_is_gone_on_from_and_a_named_one_wins() -> None:
    cursors = MemoryCursorStore()

    async def use(**config: Any) -> list[str]:
        factory = EventSourceFactory(cursor_store=cursors)
        found = await titles(factory, **config)
        assert await factory.save_cursor("demo") is True
        return found

    assert asyncio.run(use(cursor={"next": 3})) == ["3", "4"]
    assert cursors.load("demo") == {"next": 5}
    assert asyncio.run(use()) == []
    assert asyncio.run(use(cursor={"next": 1})) == ["1", "2", "3", "4"]
    assert asyncio.run(use(cursor=None)) == []


def test_a_cursor_that_does_not_say_what_was_seen_is_not_saved() -> None:
    cursors = MemoryCursorStore()
    factory = EventSourceFactory(cursor_store=cursors)

    async def use() -> bool:
        await titles(factory, incremental=False)
        return await factory.save_cursor("demo")

    assert asyncio.run(use()) is False
    assert cursors.load("demo") is None


def test_saving_needs_a_source_and_a_place() -> None:
    with pytest.raises(ConfigError, match="no active source"):
        asyncio.run(EventSourceFactory().save_cursor("demo"))

    async def use() -> None:
        factory = EventSourceFactory()
        await titles(factory)
        await factory.save_cursor("demo")

    with pytest.raises(ConfigError, match="cursor_store"):
        asyncio.run(use())


def test_a_cursor_store_that_fails_leaves_no_source_behind() -> None:
    class Failing(MemoryCursorStore):
        def load(self, source_id: str) -> Cursor | None:
            raise UnavailableError(f"{source_id}: no cursor now")

    factory = EventSourceFactory(cursor_store=Failing())
    with pytest.raises(UnavailableError):
        asyncio.run(factory.create_source("counting", "demo", {}, {}))
    assert factory.get_active_sources() == {}
