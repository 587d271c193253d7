"""What sources have in common whose reading blocks, and runs in a thread of its own."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, aclosing, nullcontext
from typing import TypeVar

from sources.base import BaseEventSource
from sources.batch import EventBatch
from sources.worker import call_in_thread, iterate_in_thread, nothing

Result = TypeVar("Result")


class ThreadedEventSource(BaseEventSource):
    """A source that reads by a blocking generator of batches, in a thread that ends with it."""

    def _translating(self) -> AbstractContextManager[None]:
        """Make typed errors of those that the machine gives; as it is here, of none."""
        return nullcontext()

    async def _call(
        self, function: Callable[[], Result], *, stop: Callable[[], None] = nothing
    ) -> Result:
        """Run one blocking function in a thread."""
        with self._translating():
            return await call_in_thread(function, stop=stop)

    async def _drive(
        self,
        batches: Generator[EventBatch, None, None],
        *,
        stop: Callable[[], None] = nothing,
        moving: bool = False,
    ) -> AsyncGenerator[EventBatch, None]:
        """Run a blocking reading in a thread; at any end, thread and reading are gone.

        Args:
            batches: the reading; what is in them is counted.
            stop: brings it to its end soon, from another thread.
            moving: whether the source's cursor goes along, as the next batch is asked for.
        """
        reading = iterate_in_thread(self._translated(batches), stop=stop)
        async with aclosing(reading) as driven:
            async for batch in driven:
                self._events_generated += batch.events.num_rows
                self._quarantined_total += len(batch.quarantined)
                yield batch
                if moving:
                    self._cursor = batch.cursor

    def _translated(
        self, batches: Generator[EventBatch, None, None]
    ) -> Generator[EventBatch, None, None]:
        with self._translating():
            yield from batches
