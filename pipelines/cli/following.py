"""The first sync as ``daybook up`` shows it: counts from the store, failures from Dagster."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from pipelines.cli.address import WebUI
from pipelines.cli.progress import Watch
from pipelines.cli.runs import Run, find_run, read_on
from pipelines.config import SourceSpec
from pipelines.sync import probe_source
from resources.stores.base import EpisodicStore, EventFilter
from resources.stores.report import SourceState
from sources.errors import CredentialsError, CursorInvalidError, DaybookError, UnavailableError

_POLL_SECONDS: Final = 1.0
_ASK_EVERY: Final = 3
_PATIENT_ROUNDS: Final = 60
_SOON: Final = timedelta(minutes=1)
_STATUS: Final = {
    "QUEUED": "waits for its turn",
    "NOT_STARTED": "is starting",
    "STARTING": "is starting",
    "STARTED": "reads",
    "SUCCESS": "is done",
    "CANCELING": "is being stopped",
}


@dataclass(slots=True)
class _Reader:
    """What is known of one source's first sync since the start.

    Attributes:
        spec: which source.
        known: its progress when Dagster was started; ``None``: it was never read to its end.
        run: its newest run, as far as its events have been read.
        count: events in the store.
        late: no run has come in good time; what was read before will do, if all was.
    """

    spec: SourceSpec
    known: SourceState | None
    run: Run | None = None
    count: int = 0
    late: bool = False

    def is_done(self, state: SourceState | None) -> bool:
        """Whether it has been read to its end once, and nothing new is known of since."""
        if not _is_read(state):
            return False
        if self.known is None or self.late:
            return True
        return state != self.known and not _is_behind(self.spec, state)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSync:
    """The first sync of several sources under way.

    Attributes:
        store: whose progress rows tell.
        web: asked about the runs.
        watch: shows the counts.
        tend: called once a round; may raise to end this.
        since: when Dagster was started, in seconds since 1970; older runs do not count.
    """

    store: EpisodicStore
    web: WebUI
    watch: Watch
    tend: Callable[[], None]
    since: float
    _readers: dict[str, _Reader] = field(default_factory=dict)

    def follow(self, specs: Sequence[SourceSpec]) -> Mapping[str, Run]:
        """Wait until each source has been read to its end, or its run has failed.

        Returns:
            The sources whose run failed, and that run.
        """
        failed: dict[str, Run] = {}
        waiting = [spec.id for spec in specs if self._is_awaited(spec)]
        rounds = 0
        while waiting:
            self.tend()
            time.sleep(_POLL_SECONDS)
            rounds += 1
            if rounds % _ASK_EVERY == 0:
                failed |= self._ask(waiting, late=rounds > _PATIENT_ROUNDS)
            waiting = [name for name in waiting if name not in failed and not self._look(name)]
        return failed

    def _is_awaited(self, spec: SourceSpec) -> bool:
        """Whether a source is to be read now: it never was to its end, or has something new."""
        try:
            spec.secrets(os.environ)
        except CredentialsError:
            return False  # its sensor asks for nothing, and says why
        state = self.store.state(spec.id)
        if not _is_read(state):
            self.watch.say(f"First sync of {spec.id}: the sensor asks for it")
            self._readers[spec.id] = _Reader(spec=spec, known=None)
        elif spec.every <= _SOON and _is_behind(spec, state):
            self.watch.say(f"{spec.id} has something new: the sensor asks for a sync")
            self._readers[spec.id] = _Reader(spec=spec, known=state)
        return spec.id in self._readers

    def _ask(self, waiting: Sequence[str], *, late: bool) -> dict[str, Run]:
        """Ask Dagster how far the runs are; gives those that failed."""
        failed = {}
        for source_id in waiting:
            reader = self._readers[source_id]
            run = find_run(self.web, source_id, self.since)
            if run is None:
                reader.late = late
                if late:
                    self.watch.say_once(
                        f"{source_id}: no run yet; is its sensor on? {self.web.url}"
                    )
                continue
            if reader.run is not None and reader.run.run_id == run.run_id:
                run = replace(reader.run, status=run.status)
            reader.run = run = read_on(self.web, run)
            if run.failed:
                failed[source_id] = run
            else:
                words = _STATUS.get(run.status, run.status.lower())
                self.watch.say_once(f"{source_id}: run {run.run_id[:8]} {words}")
        return failed

    def _look(self, source_id: str) -> bool:
        """Show how much of a source there is; tells whether it has been read to its end."""
        reader = self._readers[source_id]
        try:
            reader.count = self.store.count(EventFilter(source=source_id))
            done = reader.is_done(self.store.state(source_id))
        except UnavailableError:
            return False
        if done:
            self.watch.show(source_id, reader.count, reader.count)
        elif reader.count:
            expected = reader.run.expected if reader.run else None
            surpassed = expected is None or expected < reader.count
            about = reader.run is not None and reader.run.about
            self.watch.show(source_id, reader.count, None if surpassed else expected, about=about)
        return done


def _is_behind(spec: SourceSpec, state: SourceState | None) -> bool:
    """Whether a source says that it has something new; where it cannot say, its sensor will."""
    try:
        return asyncio.run(probe_source(spec, state.cursor if state else None)).new
    except CursorInvalidError:
        return True
    except DaybookError:
        return False


def _is_read(state: SourceState | None) -> bool:
    """Whether a source has been read to its end once: a row, and no full pass under way."""
    return state is not None and state.pass_id is None
