"""What is held, summed up for people: totals, who and what is busiest, sessions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from resources.stores.base import EventFilter
from resources.stores.postgres.connection import Database

Counts = tuple[tuple[str, int], ...]
"""Names with a number each, the greatest first."""

BUSIEST: Final = 5
"""How many of the busiest files, people, channels and routes are named."""


_TOTALS: Final = (
    "events",
    "commits",
    "messages",
    "requests",
    "people",
    "clients",
    "sessions",
    "first",
    "last",
    "quarantined",
)
"""The columns of ``overview_totals.sql``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything held, in a few numbers; withdrawn events do not count.

    Attributes:
        events: how many.
        commits: how many of them are commits.
        messages: how many of them were said in Slack, answers among them.
        requests: how many of them are requests to a service.
        people: different actors, by their keys; clients of a service are none of them.
        clients: different clients of services.
        sessions: different sessions.
        first: earliest ``occurred_at``, UTC.
        last: latest one.
        quarantined: records that could not become events.
        busiest_files: paths, and how many events changed each.
        busiest_channels: names of channels, and how many messages each has.
        busiest_people: names, and how many events are theirs.
        busiest_routes: methods and routes, and how many requests each had.
        failing_routes: the same, and in how many requests the server failed.
    """

    events: int
    commits: int = 0
    messages: int = 0
    requests: int = 0
    people: int = 0
    clients: int = 0
    sessions: int = 0
    first: datetime | None = None
    last: datetime | None = None
    quarantined: int = 0
    busiest_files: Counts = ()
    busiest_channels: Counts = ()
    busiest_people: Counts = ()
    busiest_routes: Counts = ()
    failing_routes: Counts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What belongs together: its span, its size, and the title of its first event.

    Attributes:
        session_id: which session.
        source_id: whose.
        first: when its first event happened.
        last: when its last one did.
        events: how many.
        people: different actors.
        title: of the first event.
    """

    session_id: str
    source_id: str
    first: datetime
    last: datetime
    events: int
    people: int
    title: str


def read_overview(database: Database) -> Overview:
    """Sum up everything held."""
    (totals,) = database.fetch("overview_totals")
    return Overview(
        **dict(zip(_TOTALS, totals, strict=True)),
        busiest_files=_busiest(database, "overview_files"),
        busiest_channels=_busiest(database, "overview_channels"),
        busiest_people=_busiest(database, "overview_people"),
        busiest_routes=_busiest(database, "overview_routes"),
        failing_routes=_busiest(database, "overview_failures"),
    )


def _busiest(database: Database, name: str) -> Counts:
    return tuple((row[0], row[1]) for row in database.fetch(name, limit=BUSIEST))


def list_sessions(database: Database, where: EventFilter, *, limit: int) -> list[Session]:
    """Give the sessions with events that are meant, newest first."""
    rows = database.fetch(
        "list_sessions",
        since=where.since,
        until=where.until,
        source=where.source,
        kind=where.kind,
        actor=where.actor,
        retracted=where.retracted,
        limit=limit,
    )
    names = Session.__slots__
    return [Session(**dict(zip(names, row, strict=True))) for row in rows]
