"""One thread of its own for blocking work, gone when its owner is."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import TracebackType
from typing import Self, TypeVar

Result = TypeVar("Result")
Item = TypeVar("Item")


def nothing() -> None:
    """Nothing waits that could be stopped: a call ends after the piece it is at."""


class Worker:
    """Runs one call after another off the event loop.

    Leaving ``async with`` calls ``stop``, which has to bring a running call to its end soon,
    and waits for the thread: also where the caller was cancelled while the call ran.
    """

    def __init__(self, stop: Callable[[], None] = nothing) -> None:
        self._stop = stop
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="source")

    async def __aenter__(self) -> Self:
        """The worker."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it."""
        self._stop()
        self._thread.shutdown(wait=True)

    async def call(self, function: Callable[[], Result]) -> Result:
        """Run ``function`` in the thread and give what it gives."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)


async def call_in_thread(
    function: Callable[[], Result], *, stop: Callable[[], None] = nothing
) -> Result:
    """Run ``function`` in a thread and give what it gives; at any end the thread is gone."""
    async with Worker(stop) as worker:
        return await worker.call(function)


async def iterate_in_thread(
    items: Generator[Item, None, None], *, stop: Callable[[], None] = nothing
) -> AsyncGenerator[Item, None]:
    """Run a blocking generator in a thread, an item at a time and only when one is asked for.

    However it ends, first ``stop`` is called, then the thread has ended, then the generator is
    closed and gives back what it holds: nothing of that awaits, so nothing can interrupt it. What
    the generator stands on, a connection for one, its caller closes after that, and so takes the
    items within ``contextlib.aclosing``.
    """
    with closing(items):
        async with Worker(stop) as worker:
            while (item := await worker.call(lambda: next(items, None))) is not None:
                yield item
