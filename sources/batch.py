"""The seam between sources and stores: one bounded batch, and what it claims."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import pyarrow as pa

from sources.digests import digests
from sources.event import EVENT_SCHEMA, EpisodicEvent, events_table

Cursor = dict[str, Any]
"""What has been seen: a JSON-able dict, opaque to everyone but its source."""

BATCH_SCHEMA: Final = EVENT_SCHEMA.append(pa.field("digest", pa.binary(16)))
"""The events of a batch: :data:`EVENT_SCHEMA` and the digest, null for unchanging kinds."""

RAW_LIMIT: Final = 8 * 1024
"""Bytes of a bad record that quarantine keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRecord:
    """One record that could not become an event.

    Attributes:
        locator: where it is, in the source's own terms; one source never uses a locator twice.
        reason: why it could not be read.
        raw: the record as it was read, at most :data:`RAW_LIMIT` bytes.
        event_id: the id its event would have; storing that event ends the quarantine.
        occurred_at: when it happened, where that much could be read.
    """

    locator: str
    reason: str
    raw: bytes = b""
    event_id: str | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteScope:
    """A part of the source of which this pass, or this batch, has now given everything.

    What the store holds in this part and the pass, or the batch, has not given is retracted.

    Attributes:
        kinds: the event kinds it speaks of.
        scope: the events' ``scope`` it speaks of; ``None``: any.
        subject: how the subjects begin that it speaks of; ``None``: in any way.
        sessions: first and last session that it speaks of, in the order of their bytes;
            ``None``: any.
        but_sessions: sessions that it does not speak of.
        since: first ``occurred_at`` it speaks of; ``None``: open to the left.
        until: first ``occurred_at`` it no longer speaks of; ``None``: open to the right.
        proven: absence is proved (an unreachable commit), not inferred from an answer that may
            be wrong; inferred claims are bounded by the store's share of vanishing rows.
        few: so many rows may vanish by an inferred claim, whatever share that is.
        within: who has given everything. A ``batch`` needs no other, so its claim is honoured in
            any pass; a ``pass`` only if it saw the source from the beginning.
    """

    kinds: tuple[str, ...]
    scope: str | None = None
    subject: str | None = None
    sessions: tuple[str, str] | None = None
    but_sessions: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    proven: bool = False
    few: int = 0
    within: Literal["pass", "batch"] = "pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of a span of time the source could give in this pass.

    Attributes:
        since: start of the span; ``None``: the source's first window.
        until: end of the span, not included; ``None``: the current window.
        state: ``whole``, ``partial`` or ``missing``.
        reason: why not whole.
    """

    state: Literal["whole", "partial", "missing"]
    since: datetime | None = None
    until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBatch:
    """A bounded piece of a pass, stored in one transaction or not at all.

    Attributes:
        events: rows of :data:`BATCH_SCHEMA`, in the origin's causal order.
        cursor: what holds once all of this is stored; ``None`` for sources without a cursor.
        retracted: ids of events that the source has withdrawn.
        quarantined: records of this piece that could not become events.
        complete: scopes of which everything has now been given in this pass.
        coverage: spans of time this pass speaks for.
        standing: when the source last gave what this batch says is gone; it was there until then.
            ``None``: not known.
        remaining: how many events are still to come in this pass, where the source knows.
        estimated: that is only about how many; people are told so.
    """

    events: pa.Table
    cursor: Cursor | None
    retracted: Sequence[str] = ()
    quarantined: Sequence[QuarantineRecord] = ()
    complete: Sequence[CompleteScope] = ()
    coverage: Sequence[Coverage] = ()
    standing: datetime | None = None
    remaining: int | None = None
    estimated: bool = False

    def __post_init__(self) -> None:
        """Hold the table to the schema here, where the source can still be named.

        Raises:
            TypeError: another schema.
        """
        if not self.events.schema.equals(BATCH_SCHEMA):
            raise TypeError(f"a batch takes rows of BATCH_SCHEMA, not {self.events.schema}")


def batch_table(events: Iterable[EpisodicEvent] | pa.Table) -> pa.Table:
    """Give events, or a table of :data:`EVENT_SCHEMA`, their digests.

    Returns:
        Rows of :data:`BATCH_SCHEMA`.
    """
    table = events if isinstance(events, pa.Table) else events_table(events)
    table = table.select(EVENT_SCHEMA.names).cast(EVENT_SCHEMA)
    return table.append_column(BATCH_SCHEMA.field("digest"), digests(table))


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A cheap answer to "is there anything new?".

    Attributes:
        new: whether a sync would find something.
        reason: why, in words for the sensor's tick.
    """

    new: bool
    reason: str
