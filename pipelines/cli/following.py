"""The first sync as ``daybook up`` shows it: counts from the store, failures from Dagster."""

import time
from collections.abc import Callable, Collection, Sequence
from typing import Final

from pipelines.cli.address import WebUI
from pipelines.cli.progress import Watch
from pipelines.config import SourceSpec
from resources.stores.base import EpisodicStore, EventFilter
from resources.stores.report import SourceState
from sources.errors import UnavailableError

SOURCE_TAG: Final = "daybook/source"
"""The tag of a source's runs; here as text, so that showing progress needs no Dagster."""

_POLL_SECONDS: Final = 1.0
_ASK_EVERY: Final = 3
_PATIENT_ROUNDS: Final = 60
_STATUS: Final = {"STARTING": "is starting", "STARTED": "reads", "QUEUED": "waits for its turn"}
_RUNS: Final = """
query Runs($tag: String!, $source: String!, $since: Float) {
  runsOrError(
    limit: 1
    filter: {tags: [{key: $tag, value: $source}], createdAfter: $since}
  ) { ... on Runs { results { runId status } } }
}
"""


def follow_first_sync(
    store: EpisodicStore,
    specs: Sequence[SourceSpec],
    web: WebUI,
    watch: Watch,
    tend: Callable[[], None],
) -> dict[str, str]:
    """Wait until each source has been read to its end once, or its run has failed.

    Args:
        store: whose progress rows tell.
        specs: the sources.
        web: asked about runs that failed.
        watch: shows the counts.
        tend: called once a round; may raise to end this.

    Returns:
        The sources whose run failed, with the address of the run.
    """
    began = time.time()
    failed: dict[str, str] = {}
    waiting = {spec.id for spec in specs if not _is_read(store.state(spec.id))}
    if waiting:
        watch.say(f"First sync of {', '.join(sorted(waiting))}: the sensor asks for it")
    rounds = 0
    while waiting:
        tend()
        time.sleep(_POLL_SECONDS)
        rounds += 1
        waiting = {source_id for source_id in waiting if not _look(store, source_id, watch)}
        if rounds % _ASK_EVERY == 0:
            failed |= _find_failed(web, waiting, began, watch, late=rounds > _PATIENT_ROUNDS)
            waiting -= set(failed)
    return failed


def _find_failed(
    web: WebUI, waiting: Collection[str], since: float, watch: Watch, *, late: bool
) -> dict[str, str]:
    """Give the sources whose newest run failed, with its address."""
    failed = {}
    for source_id in sorted(waiting):
        run, status = _newest_run(web, source_id, since)
        if status in {"FAILURE", "CANCELED"}:
            failed[source_id] = f"{web.url}/runs/{run}"
        elif run is not None:
            watch.say_once(f"{source_id}: run {run[:8]} {_STATUS.get(status, status.lower())}")
        elif late:
            watch.say_once(f"{source_id}: no run yet; is its sensor on? {web.url}")
    return failed


def _look(store: EpisodicStore, source_id: str, watch: Watch) -> bool:
    """Show how much of a source there is; tells whether it has been read to its end."""
    try:
        watch.show(source_id, store.count(EventFilter(source=source_id)), None)
        return _is_read(store.state(source_id))
    except UnavailableError:
        return False


def _is_read(state: SourceState | None) -> bool:
    """Whether a source has been read to its end once: a row, and no full pass under way."""
    return state is not None and state.pass_id is None


def _newest_run(web: WebUI, source_id: str, since: float) -> tuple[str | None, str]:
    """Give the id and the status of a source's newest run, if there is one since then."""
    answer = web.ask(_RUNS, tag=SOURCE_TAG, source=source_id, since=since)
    for run in (answer.get("runsOrError") or {}).get("results") or ():
        return str(run["runId"]), str(run["status"])
    return None, ""
