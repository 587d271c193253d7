"""Workflow runs, and on request their jobs.

The service lists a thousand runs of a span of time at most, so a span with more of them is cut in
halves. Runs change after they were created: one that runs again does so up to a month later. The
newest hundred are looked at by their etag; where they changed, all are listed that were created
since the oldest unfinished one; and once a day all of the last month.
"""

from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from math import log2
from typing import Any, Final

from sources.github.costs import Cost, pages_of
from sources.github.events.building import Payload, moment, stamp
from sources.github.events.runs import workflow_job, workflow_run
from sources.github.events.sizes import named
from sources.github.reading import PER_PAGE, Made, Piece, Reader, mark
from sources.github.states import OpenSpan, Runs
from sources.http import Answer
from sources.http.pace import read_date

TAIL: Final = "/actions/runs"
LISTED: Final = 1_000
"""Runs of one span that the service lists at most."""

MONTH: Final = timedelta(days=32)
"""So long a run may be started again, and a day or two."""

_DAY: Final = timedelta(days=1)
_OVERLAP: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)
_BEGINNING: Final = "2018-10-01T00:00:00Z"
"""Before the first workflow ran anywhere."""

_OFF: Final = (404,)


def poll(reader: Reader, state: Runs) -> Answer | None:
    """Look whether the newest runs changed, or a day is over.

    Returns:
        The newest ones; ``None``: neither, or nothing runs there.
    """
    params = {"per_page": PER_PAGE}
    answer = reader.get(reader.path(TAIL), params, etag=state.etag, lacking=_OFF, form=dict)
    if not answer.good or (answer.unchanged and not _due(state, _now(answer))):
        return None
    return answer


def read_runs(reader: Reader, state: Runs) -> Generator[Piece, None, None]:
    """Give what ran; the state is that after the piece when the piece is given."""
    if state.open is None:
        answer = poll(reader, state)
        if answer is None:
            return
        state.open = _begin(reader, state, answer)
        if answer.data is not None and not answer.data["total_count"]:
            _finish(state, state.open)
            return
    reading = state.open
    while reading.since <= reading.end:
        yield from _read_part(reader, state, reading)
        width = moment(reading.until) - moment(reading.since)
        reading.since = stamp(moment(reading.until) + _SECOND)
        later = moment(reading.since) + max(2 * width, _SECOND)
        reading.until, reading.page = min(stamp(later), reading.end), 1
    _finish(state, reading)


def cost(reader: Reader, state: Runs) -> Cost:
    """Say what :func:`read_runs` would take; spans of more than can be listed are cut."""
    known, look = state.etag is not None, 0
    reading = state.open
    if reading is None:
        answer = poll(reader, state)
        if answer is None:
            return Cost(requests=0 if known else 1)
        look, reading = 1, _begin(reader, state, answer)
    listed = _list(reader, reading, size=1)
    runs = int(listed.data["total_count"])
    cuts = 0.0 if runs <= LISTED else log2(runs / LISTED) + 3 * runs / LISTED
    jobs = runs if reader.wants("workflow_job") else 0
    return Cost(requests=look + pages_of(runs) + cuts + jobs)


def _begin(reader: Reader, state: Runs, answer: Answer) -> OpenSpan:
    now = _now(answer)
    start = _BEGINNING
    if reader.floor is not None:
        # Jobs of a run that ran again lie up to a month behind it.
        slack = MONTH if reader.wants("workflow_job") else timedelta()
        start = stamp(reader.floor - slack)
    if state.until is not None:
        start = max(start, _changing(state, now))
    end = now if reader.span is None or reader.span[1] is None else min(now, reader.span[1])
    # What older runs did since all were looked at last, no reading in between has seen.
    change = state.swept if _due(state, now) else state.until
    return OpenSpan(since=start, until=stamp(end), end=stamp(end), change=change, etag=answer.etag)


def _changing(state: Runs, now: datetime) -> str:
    """Say from which creation on runs may have changed."""
    if _due(state, now):
        return stamp(now - MONTH)
    return min([stamp(moment(str(state.until)) - _OVERLAP), *state.unfinished.values()])


def _due(state: Runs, now: datetime) -> bool:
    return state.swept is not None and now - moment(state.swept) >= _DAY


def _finish(state: Runs, reading: OpenSpan) -> None:
    end = moment(reading.end)
    if state.swept is None or _due(state, end):
        state.swept = reading.end
    old = stamp(end - MONTH)
    state.unfinished = {key: time for key, time in state.unfinished.items() if time >= old}
    since = stamp(end - _OVERLAP)
    state.seen = {key: time for key, time in state.seen.items() if time >= since}
    state.until, state.etag, state.open = reading.end, reading.etag, None


def _read_part(reader: Reader, state: Runs, reading: OpenSpan) -> Generator[Piece, None, None]:
    """Give the runs of a part, after cutting it until it can be listed."""
    answer = _list(reader, reading)
    while answer.data["total_count"] > LISTED and reading.since < reading.until:
        since, until = moment(reading.since), moment(reading.until)
        reading.until, reading.page = stamp(since + (until - since) / 2), 1
        answer = _list(reader, reading)
    while True:
        sound, bad = reader.sift(answer.data["workflow_runs"], "workflow run", _check)
        if bad.bad:
            yield bad
        runs = [run for run in sound if _is_new(run, state, reading)]
        piece = reader.convert(runs, "workflow run", lambda run: make_run(reader, run))
        reading.page += 1
        _note(state, reading, runs)
        yield piece
        if answer.next_url is None:
            return
        answer = _list(reader, reading)


def _check(run: Payload) -> object:
    return str(run["id"]), moment(run["created_at"]), moment(run["updated_at"]), mark(run)


def _list(reader: Reader, reading: OpenSpan, size: int = PER_PAGE) -> Answer:
    params: Mapping[str, Any] = {
        "created": f"{reading.since}..{reading.until}",
        "per_page": size,
        "page": reading.page if reading.page > 1 else None,
    }
    return reader.get(reader.path(TAIL), params, form=dict)


def _is_new(run: Payload, state: Runs, reading: OpenSpan) -> bool:
    if reading.change is None:
        return True
    changed = str(run["updated_at"])
    known = state.seen.get(str(run["id"]))
    return changed >= stamp(moment(reading.change) - _OVERLAP) and known != mark(run)


def _note(state: Runs, reading: OpenSpan, runs: list[Payload]) -> None:
    since = stamp(moment(reading.end) - _OVERLAP)
    for run in runs:
        key, changed = str(run["id"]), str(run["updated_at"])
        if changed >= since:
            state.seen[key] = mark(run)
        if run.get("status") == "completed":
            state.unfinished.pop(key, None)
        else:
            state.unfinished[key] = str(run["created_at"])


def make_run(reader: Reader, run: Payload) -> Iterator[Made]:
    """Make the events of a run, and of its jobs where they are asked for."""
    yield workflow_run(reader.repo, run) if reader.wants("workflow_run") else None
    if reader.wants("workflow_job"):
        path = reader.path(f"{TAIL}/{run['id']}/jobs?filter=all")
        for answer in reader.pages(path, lacking=(404,), form=dict):
            jobs = named(answer.data["jobs"], "id") if answer.good else ()
            yield from reader.parts(
                jobs,
                "workflow job",
                f"workflow run {run['id']}",
                lambda job: workflow_job(reader.repo, job),
            )


def _now(answer: Answer) -> datetime:
    """Give the service's time."""
    return read_date(answer.headers.get("Date", "")) or datetime.now(UTC)
