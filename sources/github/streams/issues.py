"""Issues and pull requests, reviews with them: one list tells which of them changed."""

from collections.abc import Generator, Mapping, Sequence

from sources.event import EpisodicEvent
from sources.github.cursor import Changed
from sources.github.details import Detail, Details
from sources.github.events.building import Payload
from sources.github.events.comments import issue_comment, review, review_comment
from sources.github.events.issues import closed, is_pull, merged, opened
from sources.github.reading import PER_PAGE, Piece, Reader
from sources.github.streams.changed import Listing, read_changed

ISSUES = Listing(tail="/issues", name="issue", make=lambda _: (), params={"state": "all"})
"""For a look at the list; :func:`read_issues` makes its events."""

ISSUE_COMMENTS = "/issues/comments"
REVIEW_COMMENTS = "/pulls/comments"


def read_issues(
    reader: Reader, state: Changed, details: Details, horizon: str | None
) -> Generator[Piece, None, None]:
    """Give what was opened, merged and reviewed.

    Args:
        reader: of the repository.
        state: how far it has been given.
        details: gives what is not listed.
        horizon: what is older stands in no list of events; ``None``: all of it does.
    """
    known: dict[int, Detail] = {}

    def prepare(issues: Sequence[Payload]) -> None:
        known.clear()
        known.update(details.read(reader, issues))

    def make(issue: Payload) -> list[EpisodicEvent | None]:
        return _make(reader, issue, known, horizon)

    deep = reader.wants("review") or (reader.wants("pull_request") and reader.config.details)
    listing = Listing(
        tail=ISSUES.tail,
        name=ISSUES.name,
        make=make,
        params=ISSUES.params,
        size=details.size if deep else PER_PAGE,
        prepare=prepare if deep else ISSUES.prepare,
    )
    return read_changed(reader, state, listing)


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
    reader: Reader, issue: Payload, known: Mapping[int, Detail], horizon: str | None
) -> list[EpisodicEvent | None]:
    pulls = is_pull(issue)
    detail = known.get(int(issue["number"]), Detail())
    made: list[EpisodicEvent | None] = []
    if reader.wants("pull_request" if pulls else "issues"):
        made.append(opened(reader.repo, issue, detail.pull))
        if pulls and (event := merged(reader.repo, issue, detail.pull)):
            made.append(event)
        if horizon and str(issue.get("closed_at") or horizon) < horizon:
            made.append(closed(reader.repo, issue))
    made += (review(reader.repo, issue, item) for item in detail.reviews)
    return made or [None]
