"""A thread for blocking work, gone when who waits for it is."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TypeVar

Result = TypeVar("Result")
Item = TypeVar("Item")


def nothing() -> None:
    """Nothing waits that could be stopped: a call ends after the piece it is at."""


@contextmanager
def _worker(stop: Callable[[], None]) -> Iterator[ThreadPoolExecutor]:
    """Have a thread, which at any end is gone: also where the caller is cancelled in a call.

    Args:
        stop: has to bring a running call to its end soon.
    """
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="source")
    try:
        yield thread
    finally:
        stop()
        thread.shutdown(wait=True)


async def call_in_thread(
    function: Callable[[], Result], *, stop: Callable[[], None] = nothing
) -> Result:
    """Run ``function`` off the event loop and give what it gives; at any end the thread is gone.

    Args:
        function: what blocks.
        stop: has to bring it to its end soon, from another thread.
    """
    with _worker(stop) as thread:
        return await asyncio.get_running_loop().run_in_executor(thread, function)


async def iterate_in_thread(
    items: Generator[Item, None, None], *, stop: Callable[[], None] = nothing
) -> AsyncGenerator[Item, None]:
    """Run a blocking generator off the event loop, on to the next item when it is asked for.

    However it ends, first ``stop`` is called, then the thread has ended, then the generator is
    closed and gives back what it holds: nothing of that awaits, so nothing can interrupt it. What
    the generator stands on, a connection for one, its caller closes after that, and so takes the
    items within ``contextlib.aclosing``.

    Args:
        items: what blocks.
        stop: has to bring it to its end soon, from another thread.
    """
    loop = asyncio.get_running_loop()
    with closing(items), _worker(stop) as thread:
        while (item := await loop.run_in_executor(thread, next, items, None)) is not None:
            yield item
