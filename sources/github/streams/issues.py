"""Issues and pull requests, reviews with them: one list tells which of them changed."""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final

from sources.event import EpisodicEvent
from sources.github.costs import Cost, count_listed, find_depth
from sources.github.details import Detail, Details, wants_references
from sources.github.events.building import Payload, moment, stamp
from sources.github.events.comments import issue_comment, review, review_comment
from sources.github.events.issues import closed, is_pull, merged, merged_at, opened
from sources.github.events.references import cross_referenced
from sources.github.reading import PER_PAGE, Made, Piece, Reader, chunks, mark
from sources.github.states import Changed
from sources.github.streams.changed import (
    OVERLAP,
    Listing,
    check_changed,
    cost_of,
    count,
    poll,
    read_changed,
)


def check_issue(issue: Payload) -> object:
    """Hold a record to what is read out of it."""
    times = moment(issue["created_at"]), merged_at(issue)
    return check_changed(issue), int(issue["number"]), times


ISSUES = Listing(tail="/issues", name="issue", make=lambda _: (), params={"state": "all"})
"""For a look at the list; :func:`read_issues` makes its events."""

PULLS = Listing(tail="/pulls", name="pull request", make=lambda _: (), params={"state": "all"})
"""The same where issues are switched off."""

Span = tuple[str, str]
"""From one time to another."""

NO_LIST: Final = ("", "9999")
"""The time of which no list of events tells, where there is none."""

ISSUE_COMMENTS = "/issues/comments"
REVIEW_COMMENTS = "/pulls/comments"


def read_issues(
    reader: Reader, state: Changed, details: Details, unlisted: Span | None
) -> Generator[Piece, None, None]:
    """Give what was opened, merged and reviewed.

    Args:
        reader: of the repository.
        state: how far it has been given.
        details: gives what is not listed.
        unlisted: of when no list of events tells; ``None``: one tells of all.
    """
    return read_changed(reader, state, _listing(reader, details, unlisted, ISSUES))


def read_pulls(
    reader: Reader, state: Changed, details: Details, unlisted: Span | None
) -> Generator[Piece, None, None]:
    """Give pull requests where issues are switched off, and with them the list of both.

    That of pull requests is read from the latest change to where the last reading began. The
    arguments are those of :func:`read_issues`.
    """
    etag = poll(reader, state, PULLS) if reader.span is None else ""
    if etag is None:
        return
    listing = _listing(reader, details, unlisted, PULLS)
    end = max(filter(None, (state.since, stamp(reader.floor) if reader.floor else "")), default="")
    newest, state.etag = end, None
    params = {**PULLS.params, "sort": "updated", "direction": "desc"}
    for answer in reader.pages(reader.path(PULLS.tail), params):
        sound, bad = reader.sift(answer.data, listing.name, check_issue)
        if bad.bad:
            yield bad
        listed = [_as_issue(pull) for pull in sound if str(pull["updated_at"]) >= end]
        fresh = [one for one in listed if state.seen.get(str(one["id"])) != mark(one)]
        for some in chunks(fresh, listing.size):
            listing.prepare(some)
            piece = reader.convert(some, listing.name, listing.make)
            newest = max([newest, *(str(one["updated_at"]) for one in some)])
            since = stamp(moment(newest) - OVERLAP)
            state.seen |= {str(one["id"]): mark(one) for one in some}
            state.seen = {key: time for key, time in state.seen.items() if time >= since}
            yield piece
        if len(listed) < len(sound):
            break
    if newest:
        state.since = max(end, stamp(moment(newest) - OVERLAP))
    state.etag = etag or None


def read_issue(reader: Reader, details: Details, name: str, issue: Payload) -> Piece:
    """Make the events of one issue or pull request.

    Args:
        reader: of the repository.
        details: gives what the record does not say.
        name: of the record, in quarantine.
        issue: its record.
    """
    sound, bad = reader.sift([issue], name, check_issue)
    if not sound:
        return bad
    listing = _listing(reader, details, None, ISSUES)
    listing.prepare(sound)
    return reader.convert(sound, name, listing.make)


def cost_issues(reader: Reader, state: Changed, details: Details) -> Cost:
    """Say what :func:`read_issues` would take."""
    found = count(reader, state, ISSUES)
    if not found:
        return cost_of(reader, found)
    share = 0.0
    if _is_deep(reader):
        every = count_listed(reader, ISSUES.tail, ISSUES.params)
        share = count_listed(reader, PULLS.tail, PULLS.params) / max(every, 1)
    return cost_of(reader, found) + details.cost(reader, found, min(share, 1.0))


def cost_pulls(reader: Reader, state: Changed, details: Details) -> Cost:
    """Say what :func:`read_pulls` would take."""
    if reader.span is None and state.etag is not None and poll(reader, state, PULLS) is None:
        return Cost()
    end = max(filter(None, (state.since, stamp(reader.floor) if reader.floor else "")), default="")
    params = {**PULLS.params, "sort": "updated", "direction": "desc"}
    pages = find_depth(reader, PULLS.tail, params, "updated_at", end)
    pulls = PER_PAGE * (pages - 0.5)
    if not end:
        pulls = count_listed(reader, PULLS.tail, PULLS.params)
    deep = details.cost(reader, pulls, 1.0) if _is_deep(reader) else Cost()
    return Cost(requests=pages + (reader.span is None)) + deep


def _is_deep(reader: Reader) -> bool:
    of_pulls = reader.wants("pull_request") and reader.config.details
    referred = wants_references(reader, cheap=reader.graphql is not None)
    return reader.wants("review") or of_pulls or referred


def _as_issue(pull: Payload) -> dict[str, Any]:
    return {**pull, "pull_request": {"merged_at": pull.get("merged_at")}}


def _listing(reader: Reader, details: Details, unlisted: Span | None, like: Listing) -> Listing:
    known: dict[int, Detail] = {}

    def prepare(issues: Sequence[Payload]) -> None:
        known.clear()
        known.update(details.read(reader, issues))

    def make(issue: Payload) -> list[Made]:
        return _make(reader, issue, known, unlisted)

    deep = _is_deep(reader)
    return Listing(
        tail=like.tail,
        name=like.name,
        make=make,
        params=like.params,
        size=details.size if deep else PER_PAGE,
        prepare=prepare if deep else like.prepare,
        check=check_issue,
    )


def comments(reader: Reader, tail: str) -> Listing:
    """Describe a list of comments."""
    repo = reader.repo
    if tail == ISSUE_COMMENTS:
        return Listing(
            tail=tail,
            name="issue comment",
            make=lambda item: [issue_comment(repo, item)],
            params={},
        )
    return Listing(
        tail=tail, name="review comment", make=lambda item: [review_comment(repo, item)], params={}
    )


def _make(
    reader: Reader, issue: Payload, known: Mapping[int, Detail], unlisted: Span | None
) -> list[Made]:
    pulls = is_pull(issue)
    detail = known.get(int(issue["number"]), Detail())
    made: list[Made] = []
    if reader.wants("pull_request" if pulls else "issues"):
        made.append(_opened(reader, issue, detail))
        if pulls and (event := merged(reader.repo, issue, detail.pull, detail.contents)):
            made.append(event)
        mentions = detail.thread.mentions
        made += (cross_referenced(reader.repo, issue, mention) for mention in mentions)
        if unlisted and unlisted[0] <= str(issue.get("closed_at") or "9999") < unlisted[1]:
            made.append(closed(reader.repo, issue))
    made += reader.parts(
        detail.reviews,
        "review",
        f"issue {issue['number']}",
        lambda item: review(reader.repo, issue, item),
    )
    return made or [None]


def _opened(reader: Reader, issue: Payload, detail: Detail) -> EpisodicEvent:
    return opened(
        reader.repo,
        issue,
        detail.pull,
        contents=detail.contents,
        linked=detail.thread.linked,
        duplicate_of=detail.thread.duplicate_of,
    )
