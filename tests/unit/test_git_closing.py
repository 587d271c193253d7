"""A git source that is left at any moment leaves no process, thread or file behind."""

import asyncio
import threading
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from sources.filesystem import FilesystemEventSource
from tests.support.git_reading import SmallBatches
from tests.support.git_repository import GitRepository, linear_repository


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> GitRepository:
    return linear_repository(tmp_path_factory.mktemp("git") / "repo", 100)


def left_behind() -> tuple[set[int], set[str], int]:
    """Child processes, threads and open files of this process."""
    me = psutil.Process()
    children = {child.pid for child in me.children(recursive=True)}
    threads = {thread.name for thread in threading.enumerate()}
    return children, threads, me.num_fds()


async def make(path: Path) -> SmallBatches:
    return await SmallBatches.create({}, {"root_dir": str(path)})


def test_left_after_any_batch(repository: GitRepository) -> None:
    async def leave(after: int) -> None:
        source = await make(repository.path)
        before = left_behind()
        async with aclosing(source.generate_batches()) as batches:
            async for _ in batches:
                after -= 1
                if after == 0:
                    break
        assert left_behind() == before

    for after in (1, 2, 20, 0):
        asyncio.run(leave(after))


@pytest.mark.parametrize("turns", [1, 2, 3, 5, 8, 13, 40, 100])
def test_cancelled_while_it_reads(repository: GitRepository, turns: int) -> None:
    async def read(source: FilesystemEventSource) -> None:
        async with aclosing(source.generate_batches()) as batches:
            async for _ in batches:
                pass

    async def cancel() -> None:
        source = await make(repository.path)
        before = left_behind()
        reading = asyncio.create_task(read(source))
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert left_behind() == before

    asyncio.run(cancel())


async def store_nothing(source: FilesystemEventSource) -> None:
    async with aclosing(source.generate_batches()) as batches:
        async for _ in batches:
            raise RuntimeError("the store said no")


def test_left_by_an_error_of_the_reader(repository: GitRepository) -> None:
    async def fail() -> None:
        source = await make(repository.path)
        before = left_behind()
        with pytest.raises(RuntimeError, match="store"):
            await store_nothing(source)
        assert left_behind() == before
        assert await source.get_cursor() is None

    asyncio.run(fail())


def test_cursor_moves_when_the_reader_comes_back(repository: GitRepository) -> None:
    async def follow() -> None:
        source = await make(repository.path)
        before = None
        async with aclosing(source.generate_batches()) as batches:
            async for batch in batches:
                assert await source.get_cursor() == before
                before = batch.cursor
        assert await source.get_cursor() == before

    asyncio.run(follow())


def test_single_commits_are_read_again(repository: GitRepository) -> None:
    async def again() -> list[str]:
        source = await make(repository.path)
        shas = repository.text("rev-list", "--max-count=3", "main").split()
        found = []
        async for batch in source.reread([f"commit {sha}" for sha in [*shas, "0" * 40]]):
            found += batch.events.column("subject").to_pylist()
            assert batch.cursor is None
            assert [item.locator for item in batch.quarantined] == [f"commit {'0' * 40}"]
        assert found == shas
        return found

    assert len(asyncio.run(again())) == 3
