"""Records in quarantine, asked for one by one: what can be read by now becomes events."""

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Final

from sources.batch import EventBatch
from sources.github.cursor import Place
from sources.github.events.building import Payload, Repo
from sources.github.events.commits import commit
from sources.github.many import choose_details
from sources.github.passes import MakeReader
from sources.github.reading import Make, Piece, Reader, tabulate
from sources.github.streams import whole
from sources.github.streams.issues import ISSUE_COMMENTS, REVIEW_COMMENTS, comments, read_issue
from sources.github.streams.newest import make_event
from sources.github.streams.runs import make_run

_LOCATOR: Final = re.compile(
    r"(?P<repository>\d+) (?P<name>[a-z]+(?: [a-z]+)?) (?P<key>[\w.+/-]+)"
    r"(?: (?:review|workflow job) \d+)?"
)
"""Of a record, or of a part of one, which comes with it."""

_LACKING: Final = (404, 409, 410, 422)

_PATHS: Final[Mapping[str, str]] = {
    "issue": "/issues/{}",
    "pull request": "/issues/{}",
    "issue event": "/issues/events/{}",
    "issue comment": "/issues/comments/{}",
    "review comment": "/pulls/comments/{}",
    "commit comment": "/comments/{}",
    "commit": "/commits/{}",
    "release": "/releases/{}",
    "workflow run": "/actions/runs/{}",
}
"""Where a record is by itself, by the name that quarantine has for it."""


def are_single(locators: Iterable[str]) -> bool:
    """Whether each of the records can be asked for by itself."""
    return all(_parse(locator) is not None for locator in locators)


def read_again(
    make_reader: MakeReader, source_id: str, places: dict[str, Place], locators: Sequence[str]
) -> Generator[EventBatch, None, None]:
    """Ask for single records, a request each and what it takes to make their events.

    One that is gone, or of a repository that is not read any more, gives nothing.
    """
    for locator in locators:
        found = _parse(locator)
        place = None if found is None else places.get(found["repository"])
        if found is None or place is None:
            continue
        number = int(found["repository"])
        reader = make_reader(Repo(source_id=source_id, id=number, name=place.name))
        path = reader.path(_PATHS[found["name"]].format(found["key"]))
        answer = reader.get(path, lacking=_LACKING, form=dict)
        if answer.good:
            piece = _make(reader, place, found["name"], answer.data)
            yield EventBatch(events=tabulate(piece), cursor=None, quarantined=piece.bad)


def _parse(locator: str) -> dict[str, str] | None:
    match = _LOCATOR.fullmatch(locator)
    return match.groupdict() if match and match["name"] in _PATHS else None


def _make(reader: Reader, place: Place, name: str, record: Payload) -> Piece:
    if name in {"issue", "pull request"}:
        return read_issue(reader, choose_details(reader), name, record)
    return reader.convert([record], name, _makers(reader, place)[name])


def _makers(reader: Reader, place: Place) -> Mapping[str, Make]:
    branch = reader.config.branch or place.branch
    return {
        "issue event": lambda item: make_event(reader, item),
        "issue comment": comments(reader, ISSUE_COMMENTS).make,
        "review comment": comments(reader, REVIEW_COMMENTS).make,
        "commit comment": lambda item: [whole.COMMIT_COMMENTS.make(reader, item, {})],
        "commit": lambda item: [commit(reader.repo, item, branch)],
        "release": lambda item: [whole.RELEASES.make(reader, item, {})],
        "workflow run": lambda item: make_run(reader, item),
    }
