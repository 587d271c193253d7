"""What is held, summed up for people: totals, the busiest files and people, sessions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from resources.stores.base import EventFilter
from resources.stores.postgres.connection import Database

BUSIEST: Final = 5
"""How many of the busiest files and people are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything held, in a few numbers; withdrawn events do not count.

    Attributes:
        events: how many.
        commits: how many of them are commits.
        people: different actors, by their keys.
        sessions: different sessions.
        first: earliest ``occurred_at``, UTC.
        last: latest one.
        quarantined: records that could not become events.
        busiest_files: paths, and how many events changed each.
        busiest_people: names, and how many events are theirs.
    """

    events: int
    commits: int
    people: int
    sessions: int
    first: datetime | None
    last: datetime | None
    quarantined: int
    busiest_files: tuple[tuple[str, int], ...]
    busiest_people: tuple[tuple[str, int], ...]


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
    ((events, commits, people, sessions, first, last, quarantined),) = database.fetch(
        "overview_totals"
    )
    return Overview(
        events=events,
        commits=commits,
        people=people,
        sessions=sessions,
        first=first,
        last=last,
        quarantined=quarantined,
        busiest_files=_busiest(database, "overview_files"),
        busiest_people=_busiest(database, "overview_people"),
    )


def _busiest(database: Database, name: str) -> tuple[tuple[str, int], ...]:
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
