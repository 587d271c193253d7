"""One way through all repositories and all their streams, from where the last one ended."""

import logging
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from typing import Final

from sources.batch import CompleteScope, Cursor, EventBatch, batch_table
from sources.errors import ConfigError, DaybookError
from sources.event import utc_now
from sources.github.catalogue import wanted
from sources.github.cursor import Place, Position
from sources.github.events.building import Repo, moment
from sources.github.events.references import WORD
from sources.github.filling import cover, fill_in
from sources.github.gathering import Gathering, make_batch
from sources.github.groups import GROUPS
from sources.github.reading import Piece, Reader
from sources.github.writing import CursorWriter

logger = logging.getLogger(__name__)

MakeReader = Callable[[Repo], Reader]

_UNSURE: Final = ("github.commit", "github.discussion.comment")
"""Kinds of which a span may lack some: commits with odd dates, replies to what did not change."""

_RECORDED: Final = (".opened", ".merged", f".{WORD}")
"""Ends of the kinds that are read out of the issues themselves, not of the list of their events."""


def read_pass(
    make_reader: MakeReader, source_id: str, position: Position, places: dict[str, Place]
) -> Generator[EventBatch, None, None]:
    """Give what is new in all repositories; the position moves with it.

    The cursor of each batch holds once the batch is stored. One may have no events: it says that
    all lists were read to their ends. Behind it comes what no list gives.
    """
    writer = CursorWriter(position)
    readers = [
        make_reader(Repo(source_id=source_id, id=int(number), name=place.name))
        for number, place in places.items()
    ]

    def begin(reader: Reader, place: Place) -> None:
        begin_place(reader, position, place)

    reached = yield from _read_places(readers, places, writer, begin)
    began, position.full = position.full, None
    if began is not None and readers:
        yield _end(readers, places, moment(began), writer.write())
    elif writer.write() != reached:
        yield make_batch(Piece(), writer.write())
    yield from fill_in(readers, places, writer.write, known=began is not None)


def _read_places(
    readers: list[Reader],
    places: dict[str, Place],
    writer: CursorWriter | None,
    begin: Callable[[Reader, Place], None] = lambda *_: None,
) -> Generator[EventBatch, None, Cursor | None]:
    """Read one repository after the other; gives the last batch's cursor in the end.

    What was gathered is given before an error is raised.
    """
    gathering = Gathering(len(places), writer)
    try:
        for reader, (number, place) in zip(readers, places.items(), strict=True):
            gathering.begin(number)
            begin(reader, place)
            for piece in _read_streams(reader, place):
                yield from gathering.add(piece)
    except DaybookError:
        yield from gathering.rest()
        raise
    yield from gathering.rest()
    return gathering.cursor


def read_span(
    make_reader: MakeReader, source_id: str, places: dict[str, Place]
) -> Generator[EventBatch, None, None]:
    """Give all of the span that the readers are limited to."""
    began = utc_now()
    readers = [
        make_reader(Repo(source_id=source_id, id=int(number), name=place.name))
        for number, place in places.items()
    ]
    fresh = {
        number: Place(
            asked=place.asked,
            name=place.name,
            branch=place.branch,
            stargazers=place.stargazers,
            pulls_only=place.pulls_only,
        )
        for number, place in places.items()
    }
    yield from _read_places(readers, fresh, None)
    if readers:
        yield _end(readers, fresh, began, None)


def _end(
    readers: list[Reader], places: dict[str, Place], began: datetime, cursor: Cursor | None
) -> EventBatch:
    """Say what the reading speaks for; nothing is taken for gone where a list was not there."""
    sure = not any(reader.absent for reader in readers)
    sure = sure and not any(place.pulls_only for place in places.values())
    return EventBatch(
        events=batch_table([]),
        cursor=cursor,
        complete=(_claim(readers[0], places, began),) if sure else (),
        coverage=tuple(cover(readers[0], places)),
    )


def find_news(
    make_reader: MakeReader, source_id: str, position: Position, places: dict[str, Place]
) -> str | None:
    """Say what is new, in words; ``None``: nothing is."""
    if position.full is not None:
        return "not everything has been read yet"
    for number, place in places.items():
        if place.issue_events.fill is not None and not place.pulls_only:
            return f"{place.name}: older events of issues have not been read yet"
        reader = make_reader(Repo(source_id=source_id, id=int(number), name=place.name))
        for stream in wanted(reader):
            if stream.poll(reader, place):
                return f"{place.name}: {stream.name} changed"
    return None


def try_lists(make_reader: MakeReader, source_id: str, places: dict[str, Place]) -> None:
    """Ask for the newest of each list; raises where one may not be read."""
    for number, place in places.items():
        reader = make_reader(Repo(source_id=source_id, id=int(number), name=place.name))
        for stream in wanted(reader):
            stream.poll(reader, place)
        for words in _notes(reader, place):
            logger.warning("%s: %s", source_id, words)


def _notes(reader: Reader, place: Place) -> Iterator[str]:
    """Say what nothing will be read of, or nothing new, and what to do about that."""
    if place.archived:
        yield f"{place.name} is archived: what happened is read, and nothing new will come"
    if place.pulls_only and reader.wants("issues"):
        yield f"{place.name} has its issues switched off: {_ADVICE.format('issues')}"
    if place.undiscussed and reader.wants("discussion"):
        yield f"{place.name} has its discussions switched off: {_ADVICE.format('discussion')}"
    for name in dict.fromkeys(reader.absent):
        yield f"GitHub finds no {name}: switched off, or hidden from this token"


_ADVICE: Final = "switch them on there, or leave '{}' out of `events`"


def _read_streams(reader: Reader, place: Place) -> Generator[Piece, None, None]:
    for stream in wanted(reader):
        yield from stream.read(reader, place)


def begin_place(reader: Reader, position: Position, place: Place) -> None:
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
    answer = reader.get(reader.path(f"/issues/{number}"), lacking=(404, 410), form=dict)
    if not answer.good:
        raise ConfigError(
            f"{reader.repo.source_id}: {reader.repo.name} has no #{number}",
            remedy="Correct `last_pr_number` in the cursor, or leave it out",
        )
    return str(answer.data["created_at"])


def _claim(reader: Reader, places: dict[str, Place], began: datetime) -> CompleteScope:
    """Say of which kinds everything has been given, at the end of a full pass or of a span.

    Args:
        reader: of any of the repositories.
        places: how far they were given.
        began: when the reading began; what happened later may not have been listed.
    """
    start, end = reader.span or (None, None)
    kinds = [kind for group in reader.config.events for kind in GROUPS[group]]
    if any(place.issue_events.horizon for place in places.values()):
        kinds = [kind for kind in kinds if kind.count(".") == 1 or kind.endswith(_RECORDED)]
    if start is not None:
        kinds = [kind for kind in kinds if kind not in _UNSURE]
    if start is not None or _is_unreferred(reader, places):
        kinds = [kind for kind in kinds if not kind.endswith(f".{WORD}")]
    until = began if end is None else min(end, began)
    return CompleteScope(kinds=tuple(kinds), since=reader.floor, until=until)


def _is_unreferred(reader: Reader, places: dict[str, Place]) -> bool:
    """Whether what refers to issues was not read everywhere, though nobody forbade it."""
    unread = any(place.unreferred for place in places.values())
    return unread and reader.config.references is not False


def begin_position() -> Position:
    """Give the position of one who has read nothing."""
    return Position(full=utc_now().isoformat())
