"""Blocking work in a thread: however it ends, everything is given back, in order."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import aclosing, suppress

import pytest

from sources.worker import call_in_thread, iterate_in_thread

_SECONDS = 30.0


class Reading:
    """Gives two numbers, then waits to be stopped; tells what happens to it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.waiting = threading.Event()
        self._stopped = threading.Event()

    def numbers(self) -> Generator[int, None, None]:
        try:
            yield 1
            yield 2
            self.waiting.set()
            self._stopped.wait(_SECONDS)
            self.told.append("thread")
            raise InterruptedError
        finally:
            self.told.append("closed")

    def stop(self) -> None:
        self.told.append("stop")
        self._stopped.set()

    async def follow(self, most: int = 3) -> list[int]:
        """Take so many numbers of it."""
        found: list[int] = []
        async with aclosing(iterate_in_thread(self.numbers(), stop=self.stop)) as numbers:
            async for number in numbers:
                found.append(number)
                if len(found) == most:
                    break
        return found


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("source")]


def test_it_is_given_back_where_it_is_left_early() -> None:
    reading = Reading()
    assert asyncio.run(reading.follow(1)) == [1]
    assert reading.told == ["stop", "closed"]
    assert not threads()


def test_it_is_given_back_where_who_waits_is_cancelled() -> None:
    reading = Reading()

    async def cancel() -> None:
        task = asyncio.create_task(reading.follow())
        assert await asyncio.to_thread(reading.waiting.wait, _SECONDS)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()
        assert reading.told == ["stop", "thread", "closed"]
        assert not threads()

    asyncio.run(cancel())


def test_it_is_given_back_where_it_fails() -> None:
    told: list[str] = []

    def numbers() -> Generator[int, None, None]:
        yield 1
        raise OSError(5, "Input/output error")

    async def follow() -> list[int]:
        reading = iterate_in_thread(numbers(), stop=lambda: told.append("stop"))
        async with aclosing(reading) as found:
            return [number async for number in found]

    with pytest.raises(OSError, match="Input"):
        asyncio.run(follow())
    assert told == ["stop"]
    assert not threads()


def test_one_call_gives_its_answer_and_its_error() -> None:
    assert asyncio.run(call_in_thread(lambda: threading.current_thread().name)).startswith("source")
    with pytest.raises(ZeroDivisionError):
        asyncio.run(call_in_thread(lambda: 1 // 0))
    assert not threads()
