"""What happened: one event, its Arrow schema and its identity."""

import json
import math
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

import pyarrow as pa

_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")

_LARGEST_INT: Final = int(sys.float_info.max)

_CLEAN_KINDS: Final = frozenset({type(None), datetime, bool})
_TEXTS: Final = frozenset({type(None), str})

TIMESTAMP: Final = pa.timestamp("us", tz="UTC")

DEEPEST_JSON: Final = 200
"""Objects and lists within each other that attributes hold; Python reads a thousand at most."""

OBSERVED_KINDS: Final = ("git.ref.moved", "slack.channel.gone")
"""Kinds that note what was seen at a moment; no source can be asked for them again."""

FILE_CHANGE: Final = pa.struct(
    [
        pa.field("path", pa.string(), nullable=False),
        pa.field("old_path", pa.string()),
        pa.field("change", pa.string(), nullable=False),
        pa.field("additions", pa.int32()),
        pa.field("deletions", pa.int32()),
    ]
)

_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("event_id", pa.string(), nullable=False),
    pa.field("source_id", pa.string(), nullable=False),
    pa.field("source_type", pa.string(), nullable=False),
    pa.field("kind", pa.string(), nullable=False),
    pa.field("occurred_at", TIMESTAMP, nullable=False),
    pa.field("utc_offset_minutes", pa.int16()),
    pa.field("session_id", pa.string(), nullable=False),
    pa.field("actor", pa.string()),
    pa.field("actor_key", pa.string()),
    pa.field("subject", pa.string(), nullable=False),
    pa.field("scope", pa.string()),
    pa.field("title", pa.string(), nullable=False),
    pa.field("body", pa.string()),
    pa.field("url", pa.string()),
    pa.field("outcome", pa.string()),
    pa.field("duration_ms", pa.float64()),
    pa.field("additions", pa.int32()),
    pa.field("deletions", pa.int32()),
    pa.field("files_changed", pa.int32()),
    pa.field("files", pa.list_(pa.field("item", FILE_CHANGE, nullable=False))),
    pa.field("refs", pa.list_(pa.field("item", pa.string(), nullable=False)), nullable=False),
    pa.field("attributes", pa.string(), nullable=False),
    pa.field("revised_at", TIMESTAMP),
    pa.field("retracted_at", TIMESTAMP),
]
EVENT_SCHEMA: Final = pa.schema(_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """What one event did to one file.

    Attributes:
        path: where the file is afterwards (before, for a deletion).
        old_path: where it was, for renames and copies.
        change: git's status letter: ``A``, ``M``, ``D``, ``R``, ``C`` or ``T``.
        additions: lines added; ``None`` for binary files.
        deletions: lines deleted; ``None`` for binary files.
    """

    path: str
    change: str
    old_path: str | None = None
    additions: int | None = None
    deletions: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodicEvent:
    """One thing that happened: who did what, when, to what, with what outcome.

    Every time is aware; stores give them back in UTC. Fields and order are those of
    :data:`EVENT_SCHEMA`; ``docs/events.md`` says what each holds per kind.

    Raises:
        ValueError: a time without zone.
    """

    event_id: str
    source_id: str
    source_type: str
    kind: str
    occurred_at: datetime
    utc_offset_minutes: int | None = None
    session_id: str
    actor: str | None = None
    actor_key: str | None = None
    subject: str
    scope: str | None = None
    title: str
    body: str | None = None
    url: str | None = None
    outcome: str | None = None
    duration_ms: float | None = None
    additions: int | None = None
    deletions: int | None = None
    files_changed: int | None = None
    files: tuple[FileChange, ...] | None = None
    refs: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    revised_at: datetime | None = None
    retracted_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse naive times: they mean another moment on another machine."""
        for name in ("occurred_at", "revised_at", "retracted_at"):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{self.source_id}: {name} of {self.subject!r} has no time zone")

    def to_row(self) -> dict[str, Any]:
        """The event as one row of :data:`EVENT_SCHEMA`."""
        row = {name: getattr(self, name) for name in _FIELD_NAMES}
        row["files"] = (
            None
            if self.files is None
            else [{n: getattr(f, n) for n in _FILE_FIELDS} for f in self.files]
        )
        row["refs"] = list(self.refs)
        row["attributes"] = canonical_json(self.attributes)
        return row

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "EpisodicEvent":
        """Read back what :meth:`to_row` gave; keys of other columns are passed over."""
        values = {name: row[name] for name in _FIELD_NAMES}
        files = values["files"]
        values["files"] = None if files is None else tuple(FileChange(**item) for item in files)
        values["refs"] = tuple(values["refs"] or ())
        attributes = values["attributes"]
        values["attributes"] = (
            json.loads(attributes) if isinstance(attributes, str) else dict(attributes or {})
        )
        return cls(**values)


_FIELD_NAMES: Final = tuple(item.name for item in fields(EpisodicEvent))
_FILE_FIELDS: Final = tuple(item.name for item in FILE_CHANGE)


def event_id(source_id: str, kind: str, native_id: str) -> str:
    """Name a happening by its origin, so that a second reading meets the first.

    BLAKE2b over the three texts, each with its length before it, in the free bits of a
    UUID version 8 (RFC 9562, section 5.8).

    Args:
        source_id: the configured source, e.g. ``"athena-repo"``.
        kind: the event's kind, e.g. ``"git.commit"``.
        native_id: the origin's own key (a commit id, an issue's id and transition, a ``ts``).

    Returns:
        A canonical UUID, the same on every machine and in every run.

    >>> event_id("demo", "git.commit", "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
    '66462a21-cc46-8fc3-b1d5-3ef31153f2d8'
    """
    digest = blake2b(digest_size=16)
    for part in (source_id, kind, native_id):
        text = part.encode("utf-8", "surrogatepass")
        digest.update(len(text).to_bytes(8, "big"))
        digest.update(text)
    number = int.from_bytes(digest.digest(), "big")
    number = number & ~(0xF << 76) | (0x8 << 76)  # version
    number = number & ~(0x3 << 62) | (0x2 << 62)  # variant
    return str(UUID(int=number))


def canonical_json(value: Mapping[str, Any]) -> str:
    r"""Write ``value`` as the one JSON text it has here: sorted keys, no spaces, UTF-8.

    What JSON or ``jsonb`` cannot hold gives way, so that no record is lost for it: NUL and
    lone surrogates become U+FFFD, NaN and infinities become ``null``, whole numbers too long to
    be written become texts, and what is nested too deep to be written becomes U+FFFD.

    >>> canonical_json({"b": 1, "a": "x\0"})
    '{"a":"x�","b":1}'
    """
    try:
        text = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        if "\\u0000" not in text:
            text.encode()
            return text
    except (ValueError, RecursionError):  # NaN, a lone surrogate, too long a number, too deep
        pass
    return json.dumps(_storable(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def clean_text(text: str) -> str:
    """Replace what PostgreSQL's ``text`` cannot hold (NUL, lone surrogates) by U+FFFD."""
    if text.isascii() and "\0" not in text:  # which most are, and is known at once
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def _storable(value: Any, depth: int = 1) -> Any:
    match value:
        case str():
            return clean_text(value)
        case float() | int():
            return _storable_number(value)
        case Mapping() | list() | tuple() if depth > DEEPEST_JSON:
            return "\ufffd"
        case Mapping():
            return {clean_text(str(key)): _storable(item, depth + 1) for key, item in value.items()}
        case list() | tuple():
            return [_storable(item, depth + 1) for item in value]
        case _:
            return value


def _storable_number(value: float) -> float | str | None:
    if isinstance(value, int):
        # Python itself refuses to write out the longest.
        return value if abs(value) <= _LARGEST_INT else str(Decimal(value))
    return value if math.isfinite(value) else None


def events_table(events: Iterable[EpisodicEvent]) -> pa.Table:
    """Put events into one table of :data:`EVENT_SCHEMA`.

    Text that PostgreSQL cannot hold is replaced as :func:`clean_text` says.
    """
    rows = [event.to_row() for event in events]
    columns = {name: _clean_column([row[name] for row in rows]) for name in EVENT_SCHEMA.names}
    return pa.Table.from_pydict(columns, schema=EVENT_SCHEMA)


def _clean_column(values: list[Any]) -> list[Any]:
    """Clean a field of all rows; most columns are looked through at once, and hold nothing bad."""
    kinds = set(map(type, values))
    if kinds <= _CLEAN_KINDS or not any(values):
        return values
    if kinds <= _TEXTS:
        joined = "".join(filter(None, values))
        if joined.isascii() and "\0" not in joined:
            return values
    return [_storable(value) for value in values]


def table_events(table: pa.Table) -> list[EpisodicEvent]:
    """Read the rows of a table back into events; times come in UTC."""
    names = [name for name in EVENT_SCHEMA.names if name in table.column_names]
    return [EpisodicEvent.from_row(row) for row in table.select(names).to_pylist()]


def utc_now() -> datetime:
    """The present, aware, in UTC, at microseconds."""
    return datetime.now(UTC)
