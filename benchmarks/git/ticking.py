"""What a look costs that finds nothing new, in a process that goes on looking."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from dagster import DagsterInstance, SensorResult, SkipReason, build_sensor_context

from benchmarks.scratch import Scratch
from pipelines.pace import Pace
from pipelines.sensors import build_sensor
from pipelines.sync import probe_source
from resources.configurable import StoreResource
from resources.opening import open_store


def time_looks(place: Scratch, times: int) -> tuple[list[float], list[float]]:
    """Look so often, after a sync.

    Returns:
        Milliseconds of each probe of the source, and of each whole evaluation of the sensor:
        store opened, facts gathered, source probed. Dagster's own books are in memory.

    Raises:
        RuntimeError: there was something new.
    """
    spec = place.spec
    with open_store(home=place.home, database_url=None) as store:
        state = store.state(spec.id)
        # A run of Dagster's would have announced them; only then is a tick quiet.
        store.clear_dirty("announce", store.dirty_windows("announce", spec.id))
    cursor = state.cursor if state else None

    def probe() -> None:
        found = asyncio.run(probe_source(spec, cursor))
        if found.new:
            raise RuntimeError(f"there is something new: {found.reason}")

    with ExitStack() as stack:
        tick = _ticking(place, stack)
        return list(_timed(probe, times)), list(_timed(tick, times))


def _ticking(place: Scratch, stack: ExitStack) -> Callable[[], None]:
    instance = stack.enter_context(DagsterInstance.ephemeral())
    store = StoreResource(home=str(place.home), lake_url=str(place.home / "lake"))
    follow = build_sensor(place.spec, Pace())

    def tick() -> None:
        context = build_sensor_context(instance=instance, resources={"store": store})
        answer = follow(context)
        asks = isinstance(answer, SensorResult) and answer.run_requests
        if asks or not isinstance(answer, SensorResult | SkipReason):
            raise RuntimeError(f"the sensor asked for a run: {answer}")

    return tick


def _timed(look: Callable[[], None], times: int) -> Iterator[float]:
    look()  # what is loaded once is loaded now
    for _ in range(times):
        began = time.perf_counter()
        look()
        yield (time.perf_counter() - began) * 1_000
