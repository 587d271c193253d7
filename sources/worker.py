"""One thread of its own for blocking work, gone when its owner is."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Worker:
    """Runs one call after another off the event loop.

    Leaving ``async with`` calls ``stop``, which has to bring a running call to its end soon,
    and waits for the thread: also where the caller was cancelled while the call ran.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
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

    async def call(
        self, function: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        """Run ``function`` in the thread and give what it gives."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: function(*args, **kwargs))
