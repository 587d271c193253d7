"""Every stream of records: which events need it, and how it is read."""

import logging
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Final

from sources.github.costs import Cost
from sources.github.cursor import Place
from sources.github.details import Details
from sources.github.many import choose_details
from sources.github.reading import Piece, Reader
from sources.github.states import Changed, Whole
from sources.github.streams import changed, commits, discussions, newest, runs, stars, whole
from sources.github.streams.issues import (
    ISSUE_COMMENTS,
    ISSUES,
    NO_LIST,
    PULLS,
    REVIEW_COMMENTS,
    comments,
    cost_issues,
    cost_pulls,
    read_issues,
    read_pulls,
)

logger = logging.getLogger(__name__)

Pieces = Generator[Piece, None, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One kind of record.

    Attributes:
        name: in words.
        groups: the events that need it.
        read: gives what is new.
        poll: whether anything is, without reading it.
        cost: what reading it would take, without reading it.
    """

    name: str
    groups: tuple[str, ...]
    read: Callable[[Reader, Place], Pieces]
    poll: Callable[[Reader, Place], bool]
    cost: Callable[[Reader, Place], Cost]


def _branch(reader: Reader, place: Place) -> str:
    return reader.config.branch or place.branch


def _read_issues(reader: Reader, place: Place) -> Pieces:
    details = choose_details(reader)
    for piece in _read_listed(reader, place, details):
        place.unreferred = place.unreferred or not details.referred
        yield piece


def _read_listed(reader: Reader, place: Place, details: Details) -> Pieces:
    # A window notes nothing to fill in: it does not know what was, and guesses nothing.
    fill = place.issue_events.fill
    unlisted = None if fill is None else (fill.since or "", fill.until)
    if place.pulls_only:
        if place.pulls.since is None and reader.wants("issues"):
            logger.warning(
                "%s: %s has its issues switched off; only pull requests are read. "
                "Switch them on, or leave 'issues' out of `events`",
                reader.repo.source_id,
                reader.repo.name,
            )
        listed = place.issue_events.newest is not None
        return read_pulls(reader, place.pulls, details, unlisted if listed else NO_LIST)
    return read_issues(reader, place.issues, details, unlisted)


def _poll_issues(reader: Reader, place: Place) -> bool:
    if place.pulls_only:
        return changed.poll(reader, place.pulls, PULLS) is not None
    return changed.poll(reader, place.issues, ISSUES) is not None


def _cost_issues(reader: Reader, place: Place) -> Cost:
    details = choose_details(reader)
    if place.pulls_only:
        return cost_pulls(reader, place.pulls, details)
    return cost_issues(reader, place.issues, details)


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
        cost=lambda reader, place: changed.cost(reader, state(place), comments(reader, tail)),
    )


def _table(name: str, group: str, table: whole.Table, state: Callable[[Place], Whole]) -> Stream:
    return Stream(
        name=name,
        groups=(group,),
        read=lambda reader, place: whole.read_whole(reader, state(place), table),
        poll=lambda reader, place: whole.poll(reader, state(place), table) is not None,
        cost=lambda reader, place: whole.cost(reader, state(place), table),
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
        cost=lambda reader, place: commits.cost(
            reader, place.commits, _branch(reader, place), place.pushed
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
        cost=lambda reader, place: newest.cost(reader, place.issue_events),
    ),
    Stream(
        name="issues",
        groups=("issues", "pull_request", "review"),
        read=_read_issues,
        poll=_poll_issues,
        cost=_cost_issues,
    ),
    _comments("issue comments", ISSUE_COMMENTS, "comment", lambda place: place.issue_comments),
    _comments("review comments", REVIEW_COMMENTS, "review", lambda place: place.review_comments),
    Stream(
        name="workflow runs",
        groups=("workflow_run", "workflow_job"),
        read=lambda reader, place: runs.read_runs(reader, place.runs),
        poll=lambda reader, place: runs.poll(reader, place.runs) is not None,
        cost=lambda reader, place: runs.cost(reader, place.runs),
    ),
    Stream(
        name="stars",
        groups=("star",),
        read=stars.read_stars,
        poll=lambda _, place: stars.is_new(place),
        cost=stars.cost,
    ),
    Stream(
        name="discussions",
        groups=("discussion",),
        read=lambda reader, place: discussions.read_discussions(reader, place.discussions),
        poll=lambda reader, place: discussions.is_new(reader, place.discussions),
        cost=lambda reader, place: discussions.cost(reader, place.discussions),
    ),
    _table(
        "commit comments", "comment", whole.COMMIT_COMMENTS, lambda place: place.commit_comments
    ),
)
"""Every stream, in the order in which they are read."""


def wanted(reader: Reader) -> Iterator[Stream]:
    """Give the streams that the chosen events need."""
    return (stream for stream in STREAMS if any(map(reader.wants, stream.groups)))
