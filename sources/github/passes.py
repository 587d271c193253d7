"""One way through all repositories and all their streams, from where the last one ended."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sources.batch import CompleteScope, Coverage, Cursor, EventBatch, batch_table
from sources.errors import ConfigError
from sources.event import utc_now
from sources.github.cursor import Changed, Place, Position, Whole
from sources.github.details import choose_details
from sources.github.events.building import Repo, moment
from sources.github.groups import GROUPS
from sources.github.reading import Piece, Reader
from sources.github.streams import changed, commits, discussions, newest, runs, stars, whole
from sources.github.streams.issues import (
    ISSUE_COMMENTS,
    ISSUES,
    NO_LIST,
    PULLS,
    REVIEW_COMMENTS,
    comments,
    read_issues,
    read_pulls,
)

Pieces = Generator[Piece, None, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One kind of record.

    Attributes:
        name: in words.
        groups: the events that need it.
        read: gives what is new.
        poll: whether anything is, without reading it.
    """

    name: str
    groups: tuple[str, ...]
    read: Callable[[Reader, Place], Pieces]
    poll: Callable[[Reader, Place], bool]


def _branch(reader: Reader, place: Place) -> str:
    return reader.config.branch or place.branch


def _read_issues(reader: Reader, place: Place) -> Pieces:
    details = choose_details(reader)
    if place.pulls_only:
        horizon = place.issue_events.horizon if place.issue_events.newest else NO_LIST
        return read_pulls(reader, place.pulls, details, horizon)
    return read_issues(reader, place.issues, details, place.issue_events.horizon)


def _poll_issues(reader: Reader, place: Place) -> bool:
    if place.pulls_only:
        return changed.poll(reader, place.pulls, PULLS) is not None
    return changed.poll(reader, place.issues, ISSUES) is not None


def _comments(name: str, tail: str, group: str, state: Callable[[Place], Changed]) -> Stream:
    return Stream(
        name=name,
        groups=(group,),
        read=lambda reader, place: changed.read_changed(
            reader, state(place), comments(reader, tail)
        ),
        poll=lambda reader, place: (
            changed.poll(reader, state(place), comments(reader, tail)) is not None
        ),
    )


def _table(name: str, group: str, table: whole.Table, state: Callable[[Place], Whole]) -> Stream:
    return Stream(
        name=name,
        groups=(group,),
        read=lambda reader, place: whole.read_whole(reader, state(place), table),
        poll=lambda reader, place: whole.poll(reader, state(place), table) is not None,
    )


STREAMS: Final = (
    Stream(
        name="commits",
        groups=("push",),
        read=lambda reader, place: commits.read_commits(
            reader, place.commits, _branch(reader, place), place.pushed
        ),
        poll=lambda reader, place: (
            commits.poll(reader, place.commits, _branch(reader, place), place.pushed) is not None
        ),
    ),
    _table("tags", "tag", whole.TAGS, lambda place: place.tags),
    _table("releases", "release", whole.RELEASES, lambda place: place.releases),
    # Before the issues: it says how far back the list of their events goes.
    Stream(
        name="issue events",
        groups=("issues", "pull_request"),
        read=lambda reader, place: newest.read_issue_events(reader, place.issue_events),
        poll=lambda reader, place: newest.poll(reader, place.issue_events) is not None,
    ),
    Stream(
        name="issues",
        groups=("issues", "pull_request", "review"),
        read=_read_issues,
        poll=_poll_issues,
    ),
    _comments("issue comments", ISSUE_COMMENTS, "comment", lambda place: place.issue_comments),
    _comments("review comments", REVIEW_COMMENTS, "review", lambda place: place.review_comments),
    Stream(
        name="workflow runs",
        groups=("workflow_run", "workflow_job"),
        read=lambda reader, place: runs.read_runs(reader, place.runs),
        poll=lambda reader, place: runs.poll(reader, place.runs) is not None,
    ),
    Stream(
        name="stars",
        groups=("star",),
        read=stars.read_stars,
        poll=lambda _, place: stars.is_new(place),
    ),
    Stream(
        name="discussions",
        groups=("discussion",),
        read=lambda reader, place: discussions.read_discussions(reader, place.discussions),
        poll=lambda reader, place: discussions.is_new(reader, place.discussions),
    ),
    _table(
        "commit comments", "comment", whole.COMMIT_COMMENTS, lambda place: place.commit_comments
    ),
)
"""Every stream, in the order in which they are read."""


def wanted(reader: Reader) -> Iterator[Stream]:
    """Give the streams that the chosen events need."""
    return (stream for stream in STREAMS if any(map(reader.wants, stream.groups)))


MakeReader = Callable[[Repo], Reader]


def read_pass(
    make_reader: MakeReader, source_id: str, position: Position, places: dict[str, Place]
) -> Generator[EventBatch, None, None]:
    """Give what is new in all repositories; the position moves with it.

    The cursor of each batch holds once the batch is stored. The last one may have no events: it
    says that all lists were read to their ends.
    """
    reached: Cursor | None = position.to_cursor()
    reader: Reader | None = None
    for number, place in places.items():
        reader = make_reader(Repo(source_id=source_id, id=int(number), name=place.name))
        _begin(reader, position, place)
        for piece in _read_streams(reader, place):
            reached = position.to_cursor()
            yield _batch(piece, reached)
    full = position.full is not None
    claims = () if reader is None else tuple(_claims(reader, position, places))
    position.full = None
    if position.to_cursor() != reached or full:
        yield EventBatch(
            events=batch_table([]),
            cursor=position.to_cursor(),
            complete=claims,
            coverage=tuple(_cover(reader, places)) if full and reader else (),
        )


def read_span(
    make_reader: MakeReader, source_id: str, places: dict[str, Place]
) -> Generator[EventBatch, None, None]:
    """Give all of the span that the readers are limited to."""
    reader: Reader | None = None
    read: dict[str, Place] = {}
    for number, place in places.items():
        reader = make_reader(Repo(source_id=source_id, id=int(number), name=place.name))
        fresh = Place(
            asked=place.asked,
            name=place.name,
            branch=place.branch,
            stargazers=place.stargazers,
            pulls_only=place.pulls_only,
        )
        read[number] = fresh
        for piece in _read_streams(reader, fresh):
            yield _batch(piece, None)
    if reader is not None:
        yield EventBatch(events=batch_table([]), cursor=None, coverage=tuple(_cover(reader, read)))


def find_news(
    make_reader: MakeReader, source_id: str, position: Position, places: dict[str, Place]
) -> str | None:
    """Say what is new, in words; ``None``: nothing is."""
    if position.full is not None:
        return "not everything has been read yet"
    for number, place in places.items():
        reader = make_reader(Repo(source_id=source_id, id=int(number), name=place.name))
        for stream in wanted(reader):
            if stream.poll(reader, place):
                return f"{place.name}: {stream.name} changed"
    return None


def _read_streams(reader: Reader, place: Place) -> Generator[Piece, None, None]:
    for stream in wanted(reader):
        yield from stream.read(reader, place)


def _batch(piece: Piece, cursor: Cursor | None) -> EventBatch:
    return EventBatch(
        events=batch_table(piece.events),
        cursor=cursor,
        retracted=piece.retracted,
        quarantined=piece.bad,
    )


def _begin(reader: Reader, position: Position, place: Place) -> None:
    """Let a repository that has no place yet begin where somebody said."""
    start = position.start
    if place.commits.tip is None and place.commits.open is None and start.last_commit_sha:
        place.commits.tip = start.last_commit_sha
    since = start.since
    if start.last_pr_number and place.issues.since is None:
        since = _opened_at(reader, start.last_pr_number)
    if since is None:
        return
    for state in (place.issues, place.issue_comments, place.review_comments):
        state.since = state.since or since
    place.issue_events.newest = place.issue_events.newest or since


def _opened_at(reader: Reader, number: int) -> str:
    answer = reader.get(reader.path(f"/issues/{number}"), lacking=(404, 410))
    if not answer.good:
        raise ConfigError(
            f"{reader.repo.source_id}: {reader.repo.name} has no #{number}",
            remedy="Correct `last_pr_number` in the cursor, or leave it out",
        )
    return str(answer.data["created_at"])


def _claims(
    reader: Reader, position: Position, places: dict[str, Place]
) -> Iterator[CompleteScope]:
    """Say of which kinds everything has been given, at the end of a full pass."""
    if position.full is None:
        return
    shallow = any(place.issue_events.horizon for place in places.values())
    kinds = [kind for group in reader.config.events for kind in GROUPS[group]]
    if shallow:
        kinds = [kind for kind in kinds if kind.count(".") == 1 or kind.endswith(".opened")]
    until: datetime = moment(position.full)
    yield CompleteScope(kinds=tuple(kinds), since=reader.config.since, until=until)


def _cover(reader: Reader, places: dict[str, Place]) -> Iterator[Coverage]:
    """Say what the pass speaks for, at its end."""
    start, end = reader.span or (reader.config.since, None)
    horizons = [place.issue_events.horizon for place in places.values()]
    horizon = max((moment(time) for time in horizons if time), default=None)
    if horizon is None or (start is not None and horizon <= start):
        yield Coverage(state="whole", since=start, until=end)
        return
    known = horizon if end is None else min(horizon, end)
    reason = "GitHub lists 40,000 events of a repository's issues; what is older is not in it"
    yield Coverage(state="partial", since=start, until=known, reason=reason)
    if end is None or known < end:
        yield Coverage(state="whole", since=known, until=end)


def begin_position() -> Position:
    """Give the position of one who has read nothing."""
    return Position(full=utc_now().isoformat())
