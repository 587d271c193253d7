"""What every stream reads with, and the pieces that it gives."""

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import orjson
import pyarrow as pa

from sources.batch import RAW_LIMIT, QuarantineRecord, batch_table
from sources.event import EpisodicEvent
from sources.github.config import GithubConfig
from sources.github.events.building import Payload, Repo
from sources.github.events.identities import identify
from sources.github.faults import odd, refusal
from sources.github.graphql import GraphQL
from sources.http import Answer, HttpClient
from sources.span import Span

logger = logging.getLogger(__name__)

PER_PAGE: Final = 100
_MISSING: Final = 404
_OFF: Final = 410

MALFORMED: Final = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    ArithmeticError,
)
"""What the understanding of a record ends with that is not as GitHub says it is."""

Made = EpisodicEvent | QuarantineRecord | None
"""What becomes of a record, or of a part of one; ``None`` stands for what is left out."""

Make = Callable[[Payload], Iterable[Made]]
"""Makes a record's events."""


@dataclass(slots=True, kw_only=True)
class Piece:
    """What became of a few records.

    Attributes:
        events: in the order in which they were listed.
        bad: records that could not become events.
        retracted: ids of events that the repository no longer has.
    """

    events: list[EpisodicEvent] = field(default_factory=list)
    bad: list[QuarantineRecord] = field(default_factory=list)
    retracted: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads one repository.

    Attributes:
        client: asks the API.
        config: the source's settings.
        repo: the repository.
        token: whether the client has one.
        span: the moments asked for; ``None``: all.
        graphql: asks the other interface; ``None``: there is none to be asked.
        absent: what was not found (404), which may be a mistake of the service.
        skip: told of each event that was not asked for.
    """

    client: HttpClient
    config: GithubConfig
    repo: Repo
    token: bool
    span: Span | None = None
    graphql: GraphQL | None = None
    absent: list[str] = field(default_factory=list)
    skip: Callable[[], None] = lambda: None

    @property
    def floor(self) -> datetime | None:
        """The first moment that is asked for; ``None``: there is none."""
        start = self.span[0] if self.span else None
        return max((t for t in (start, self.config.since) if t is not None), default=None)

    def wants(self, group: str) -> bool:
        """Whether a group of events was asked for."""
        return group in self.config.events

    def path(self, tail: str = "") -> str:
        """Give the path of something in the repository."""
        return f"/repos/{self.repo.name}{tail}"

    def get(
        self,
        path_or_url: str,
        params: Mapping[str, Any] | None = None,
        *,
        etag: str | None = None,
        accept: str | None = None,
        lacking: Sequence[int] = (),
        form: type = list,
    ) -> Answer:
        """Ask for one thing, or for one page of a list.

        Args:
            path_or_url: as the client takes it.
            params: for the query.
            etag: of what is known.
            accept: the form of the answer, where not the usual one.
            lacking: statuses that say there is no such thing; the answer's ``good`` tells.
            form: of a good answer.

        Raises:
            DaybookError: for whatever else is no answer.
        """
        answer = self.client.get(path_or_url, params, etag=etag, accept=accept)
        return self._judge(answer, path_or_url, lacking, form)

    def pages(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        lacking: Sequence[int] = (),
        form: type = list,
    ) -> Generator[Answer, None, None]:
        """Give a list page by page, some fetched ahead; an answer that is not good ends it.

        Raises:
            DaybookError: as :meth:`get`.
        """
        for answer in self.client.pages(path, {"per_page": PER_PAGE, **(params or {})}):
            yield self._judge(answer, path, lacking, form)

    def _judge(
        self, answer: Answer, path_or_url: str, lacking: Sequence[int], form: type
    ) -> Answer:
        if answer.unchanged or (answer.good and isinstance(answer.data, form)):
            return answer
        what = path_or_url.partition("?")[0].rpartition(self.path())[2].strip("/")
        named = f"{what} of the repository {self.repo.name}" if what else self.repo.name
        if answer.good:
            raise odd(self.repo.source_id, named)
        if answer.status in lacking:
            level = logging.WARNING if answer.status == _OFF else logging.INFO
            logger.log(level, "%s: no %s (%d)", self.repo.source_id, named, answer.status)
            if answer.status == _MISSING:
                self.absent.append(named)
            return answer
        raise refusal(answer, self.repo.source_id, named, token=self.token)

    def convert(self, records: Iterable[Payload], name: str, make: Make) -> Piece:
        """Make the events of some records; a record of which none can be made is bad.

        Args:
            records: as the service lists them.
            name: of one of them, for its place in quarantine.
            make: makes a record's events.
        """
        piece = Piece()
        for record in records:
            try:
                made = list(make(record))
            except MALFORMED as error:
                piece.bad.append(self._bad(record, name, error))
            else:
                for event in made:
                    self._sort(event, piece)
        return piece

    def parts(
        self, records: Iterable[Payload], name: str, whole: str, make: Callable[[Payload], Made]
    ) -> Iterator[Made]:
        """Make the events of records that belong to another; a bad one takes nothing else with it.

        Args:
            records: as the service lists them.
            name: of one of them.
            whole: name and key of what they belong to, with which they are asked for again.
            make: makes the event of one.
        """
        for record in records:
            try:
                yield make(record)
            except MALFORMED as error:
                bad = self._bad(record, name, error)
                place = f"{self.repo.id} "
                yield replace(bad, locator=f"{place}{whole} {bad.locator.removeprefix(place)}")

    def _sort(self, made: Made, piece: Piece) -> None:
        if isinstance(made, QuarantineRecord):
            piece.bad.append(made)
        elif made is not None and self.asked_for(made.occurred_at):
            piece.events.append(made)
        else:
            self.skip()

    def asked_for(self, moment: datetime) -> bool:
        """Whether what happened then is asked for."""
        floor, end = self.floor, self.span[1] if self.span else None
        return (floor is None or moment >= floor) and (end is None or moment < end)

    def _bad(self, record: Any, name: str, error: Exception) -> QuarantineRecord:
        fields = record if isinstance(record, dict) else {}
        key = fields.get("number") or fields.get("id") or fields.get("sha") or repr(record)[:80]
        return QuarantineRecord(
            locator=f"{self.repo.id} {name} {key}",
            reason=say_why(error),
            raw=orjson.dumps(record, default=repr)[:RAW_LIMIT],
            event_id=identify(self.repo, name, record),
        )

    def sift(
        self, records: Any, name: str, check: Callable[[Payload], object]
    ) -> tuple[list[Payload], Piece]:
        """Part the records that a list can be read on by from those that are bad.

        Args:
            records: as the service lists them.
            name: of one of them, for its place in quarantine.
            check: raises for a record that lacks what the reading goes by.
        """
        sound, piece = [], Piece()
        for record in records:
            try:
                check(record)
            except MALFORMED as error:
                piece.bad.append(self._bad(record, name, error))
            else:
                sound.append(record)
        return sound, piece


def tabulate(piece: Piece) -> pa.Table:
    """Put a piece's events into a table; what does not fit into one joins the bad records."""
    try:
        return batch_table(piece.events)
    except MALFORMED:
        fitting = []
        for event in piece.events:
            try:
                batch_table([event])
            except MALFORMED as error:
                piece.bad.append(_misfit(event, error))
            else:
                fitting.append(event)
        return batch_table(fitting)


def _misfit(event: EpisodicEvent, error: Exception) -> QuarantineRecord:
    return QuarantineRecord(
        locator=f"{event.kind} {event.event_id}",
        reason=say_why(error),
        raw=repr(event).encode(errors="replace")[:RAW_LIMIT],
        event_id=event.event_id,
    )


def say_why(error: Exception) -> str:
    """Say why a record could not be understood.

    >>> say_why(KeyError("created_at")), say_why(ValueError("5 is no time"))
    ("it has no 'created_at'", 'ValueError: 5 is no time')
    """
    if isinstance(error, KeyError):
        return f"it has no {error}"
    return f"{type(error).__name__}: {error}"


def mark(record: Payload, field: str = "updated_at") -> str:
    """Write when a record changed last, and a digest of it: a second may see it change twice."""
    content = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    return f"{record[field]} {blake2b(content, digest_size=4).hexdigest()}"


def marked(text: str) -> str:
    """Give the time out of what :func:`mark` wrote."""
    return text.partition(" ")[0]


def chunks(records: Sequence[Payload], size: int) -> Iterator[Sequence[Payload]]:
    """Cut a list into pieces of ``size``."""
    for start in range(0, len(records), size):
        yield records[start : start + size]
