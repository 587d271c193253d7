"""Which events a person means: the options that several commands share."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from resources.stores.base import EventFilter
from sources.errors import ConfigError

SinceOption = Annotated[
    str | None,
    typer.Option("--since", help="From when: 2024, 2024-03, 2024-03-09, 2024-03-09T10:00, 30d."),
]
UntilOption = Annotated[str | None, typer.Option("--until", help="Up to when, not included.")]
SourceOption = Annotated[str | None, typer.Option("--source", help="A source id.")]
KindOption = Annotated[
    str | None, typer.Option("--kind", help="A kind like git.commit, or all of git.*")
]
ActorOption = Annotated[
    str | None, typer.Option("--actor", help="A name, login, user id or address.")
]

_AGO: Final = re.compile(r"(\d{1,6})\s*(m|h|d|w)")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def choose(
    since: str | None,
    until: str | None,
    source: str | None,
    kind: str | None,
    actor: str | None,
) -> EventFilter:
    """Put the options together.

    Raises:
        ConfigError: a time cannot be read, or the end comes before the beginning.
    """
    now = datetime.now(UTC)
    chosen = EventFilter(
        since=None if since is None else parse_moment(since, now),
        until=None if until is None else parse_moment(until, now),
        source=source,
        kind=kind,
        actor=actor,
    )
    if chosen.since and chosen.until and chosen.since >= chosen.until:
        raise ConfigError(
            f"no time lies between --since {since} and --until {until}",
            remedy=f"They mean {chosen.since:%Y-%m-%d %H:%M} and {chosen.until:%Y-%m-%d %H:%M} "
            "UTC, the second not included",
        )
    return chosen


def parse_moment(text: str, now: datetime) -> datetime:
    """Read a time as a person writes it; without a zone it means UTC.

    >>> parse_moment("2024-03", datetime(2026, 1, 1, tzinfo=UTC))
    datetime.datetime(2024, 3, 1, 0, 0, tzinfo=datetime.timezone.utc)
    >>> parse_moment("36h", datetime(2026, 1, 2, 12, tzinfo=UTC)).isoformat()
    '2026-01-01T00:00:00+00:00'

    Raises:
        ConfigError: not a time.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        padded = text + "0001-01-01"[len(text) :] if re.fullmatch(r"\d{4}(-\d\d)?", text) else text
        moment = datetime.fromisoformat(padded)
    except (ValueError, OverflowError):
        raise ConfigError(
            f"{text!r} is no time",
            remedy="Write it like 2024, 2024-03, 2024-03-09, 2024-03-09T10:00 or 30d (ago)",
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
