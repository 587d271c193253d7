"""What every event of a repository has, made from the same few pieces.

An event's native id is made of an object, what happened to it, and when, all of which the
programming interface, a webhook's delivery and an archive's line carry alike. An issue or pull
request is its number in its repository's id: a renamed repository keeps its history.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sources.event import EpisodicEvent, event_id
from sources.github.events.markdown import read_prose
from sources.github.events.people import Person
from sources.links import Links, find_links

SOURCE_TYPE: Final = "github"
TITLE_LIMIT: Final = 300

Payload = Mapping[str, Any]
"""One JSON object as the service writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repo:
    """A repository, for the events that happen in it.

    Attributes:
        source_id: the configured source.
        id: the repository's own number; stays through renaming and transfer.
        name: ``owner/name``, as it is now.
    """

    source_id: str
    id: int
    name: str

    def subject(self, number: int) -> str:
        """Name one of its issues, pull requests or discussions."""
        return f"{self.name}#{number}"

    def links(self, text: str | None) -> Links:
        """Read what a text in Markdown, written in this repository, speaks of."""
        return find_links(read_prose(text or ""), self.name)

    def build(
        self,
        kind: str,
        native: tuple[object, ...],
        happened: datetime,
        actor: Person,
        *,
        title: str | None,
        **fields: Any,
    ) -> EpisodicEvent:
        """Make an event.

        Args:
            kind: its kind.
            native: object, and what else tells this happening from others of its kind.
            happened: when, aware.
            actor: who.
            title: text whose first line is the title.
            fields: further fields of the event; attributes that are ``None`` or empty are left out.
        """
        attributes = fields.pop("attributes", {})
        return EpisodicEvent(
            event_id=event_id(self.source_id, kind, "/".join(str(part) for part in native)),
            source_id=self.source_id,
            source_type=SOURCE_TYPE,
            kind=kind,
            occurred_at=happened,
            actor=actor.name,
            actor_key=actor.key,
            title=first_line(title),
            attributes={
                "repository": self.name,
                **{k: v for k, v in attributes.items() if v not in (None, "", [], {})},
            },
            **fields,
        )


def moment(text: Any) -> datetime:
    """Read a time of the service: ISO 8601 with a zone, or seconds since 1970.

    >>> moment("2024-03-09T12:00:00Z"), moment(0).year
    (datetime.datetime(2024, 3, 9, 12, 0, tzinfo=datetime.timezone.utc), 1970)

    Raises:
        ValueError: neither.
    """
    try:
        if isinstance(text, int | float):
            return datetime.fromtimestamp(text, UTC)
        read = datetime.fromisoformat(text)
        if read.tzinfo is None:
            raise ValueError(f"{text!r} has no time zone")
        return read.astimezone(UTC)
    except (TypeError, OverflowError, OSError):
        raise ValueError(f"{text!r} is no time") from None


def stamp(at: datetime) -> str:
    """Write a time as the service does, in whole seconds: for ids and for ``since``.

    >>> stamp(moment("2024-03-09T13:00:00+01:00"))
    '2024-03-09T12:00:00Z'
    """
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def revision(payload: Payload, *, created: str = "created_at") -> datetime | None:
    """Say when a record was changed last; ``None``: never."""
    changed = payload.get("updated_at")
    return moment(changed) if changed and changed != payload.get(created) else None


def milliseconds(since: datetime, until: datetime) -> float | None:
    """How long it took; ``None`` where the clock ran backwards."""
    span = (until - since).total_seconds() * 1000
    return span if span >= 0 else None


def first_line(text: str | None) -> str:
    r"""Give the first line that says anything.

    >>> first_line("\n Two lines\nof text"), first_line(None)
    ('Two lines', '(no text)')
    """
    lines = (line.strip() for line in (text or "").splitlines())
    return next((line for line in lines if line), "(no text)")[:TITLE_LIMIT]


def names(items: list[Payload | str] | None, key: str) -> list[str]:
    """Give one field of each item, sorted: their order is not the service's promise.

    >>> names([{"name": "bug"}, "a label may be a text", None], "name")
    ['a label may be a text', 'bug']
    """
    given = (item if isinstance(item, str) else (item or {}).get(key) for item in items or [])
    return sorted(str(name) for name in given if name)
