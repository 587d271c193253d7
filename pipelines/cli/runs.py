"""What Dagster's web server says about a source's runs: how far one is, and why it failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pipelines.cli.address import WebUI
from pipelines.sync import Progress

SOURCE_TAG: Final = "daybook/source"
"""The tag of a source's runs; here as text, so that showing progress needs no Dagster."""

_NEWEST: Final = """
query Newest($tag: String!, $source: String!, $since: Float) {
  runsOrError(
    limit: 1
    filter: {tags: [{key: $tag, value: $source}], createdAfter: $since}
  ) { ... on Runs { results { runId status } } }
}
"""
_UNDER_WAY: Final = """
query UnderWay($since: Float, $runs: [String!]) {
  runsOrError(
    filter: {statuses: [STARTING, STARTED, CANCELING], createdAfter: $since, runIds: $runs}
  ) { ... on Runs { results { runId } } }
}
"""
_EVENTS: Final = """
query Events($run: ID!, $after: String) {
  runOrError(runId: $run) { ... on Run { eventConnection(afterCursor: $after) {
    cursor
    events {
      __typename
      ... on MessageEvent { message }
      ... on ExecutionStepFailureEvent {
        failureMetadata { metadataEntries { label ... on TextMetadataEntry { text } } }
      }
    }
  } } }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run, as far as its events have been read.

    Attributes:
        run_id: which.
        status: in Dagster's words.
        address: its page in the web UI.
        expected: events when all is read, as the run said the last time; ``None``: it did not.
        about: it said that this is an estimate.
        error: the kind of what went wrong; empty if it did not say, or nothing did.
        message: what went wrong; empty as well.
        remedy: what can be done; empty if it did not say.
        cursor: how far its events have been read.
    """

    run_id: str
    status: str
    address: str
    expected: int | None = None
    about: bool = False
    error: str = ""
    message: str = ""
    remedy: str = ""
    cursor: str | None = None

    @property
    def failed(self) -> bool:
        """Whether it has ended, and not well."""
        return self.status in {"FAILURE", "CANCELED"}


def find_run(web: WebUI, source_id: str, since: float) -> Run | None:
    """Give a source's newest run, if there is one since then (seconds since 1970)."""
    answer = web.ask(_NEWEST, tag=SOURCE_TAG, source=source_id, since=since)
    for found in (answer.get("runsOrError") or {}).get("results") or ():
        run_id = str(found["runId"])
        return Run(run_id=run_id, status=str(found["status"]), address=f"{web.url}/runs/{run_id}")
    return None


def find_under_way(
    web: WebUI, since: float, among: Sequence[str] | None = None
) -> list[str] | None:
    """Give the runs that have a process, or are about to.

    Args:
        web: asked.
        since: older ones do not count, in seconds since 1970.
        among: if given, the only ones that count.

    Returns:
        Their ids; ``None``: the answer could not be had.
    """
    answer = web.ask(_UNDER_WAY, since=since, runs=among)
    found = (answer.get("runsOrError") or {}).get("results")
    return None if found is None else [str(run["runId"]) for run in found]


def read_on(web: WebUI, run: Run) -> Run:
    """Read what a run has said since the last time."""
    answer = web.ask(_EVENTS, run=run.run_id, after=run.cursor)
    connection = (answer.get("runOrError") or {}).get("eventConnection") or {}
    for event in connection.get("events") or ():
        run = _take_in(run, event)
    return replace(run, cursor=connection.get("cursor") or run.cursor)


def _take_in(run: Run, event: Mapping[str, Any]) -> Run:
    """Learn from one event; what a step said of its failure tells more than the run's own end."""
    message = str(event.get("message") or "")
    match event.get("__typename"):
        case "ExecutionStepFailureEvent":
            said = _texts(event.get("failureMetadata") or {})
            return replace(
                run,
                error=said.get("error", ""),
                message=said.get("message", message),
                remedy=said.get("remedy", ""),
            )
        case "RunFailureEvent" | "RunCanceledEvent":
            return replace(run, message=run.message or message)
        case _:
            told = Progress.parse(message)
            return run if told is None else replace(run, expected=told[0], about=told[1])


def _texts(metadata: Mapping[str, Any]) -> dict[str, str]:
    entries = metadata.get("metadataEntries") or ()
    return {str(entry["label"]): str(entry["text"]) for entry in entries if "text" in entry}
