"""Batches cut to a span of time, for sources that cannot be asked for one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from sources.batch import CompleteScope, Coverage, EventBatch
from sources.event import TIMESTAMP

Span = tuple[datetime | None, datetime | None]
"""First moment, and first one no longer meant, both aware; ``None``: open."""

_Claim = TypeVar("_Claim", CompleteScope, Coverage)


def cut_batch(batch: EventBatch, span: Span) -> EventBatch:
    """Keep of a batch what speaks of ``span``, without the cursor, which speaks of everything.

    Withdrawn ids and bad records stay: they name no time.
    """
    return EventBatch(
        events=batch.events.filter(_within(batch.events.column("occurred_at"), span)),
        cursor=None,
        retracted=batch.retracted,
        quarantined=batch.quarantined,
        complete=tuple(_cut_claims(batch.complete, span)),
        coverage=tuple(_cut_claims(batch.coverage, span)),
        standing=batch.standing,
    )


def _within(moments: Any, span: Span) -> Any:
    start, end = span
    inside: Any = pa.repeat(pa.scalar(value=True), len(moments))
    if start is not None:
        inside = pc.and_(inside, pc.greater_equal(moments, pa.scalar(start, TIMESTAMP)))
    if end is not None:
        inside = pc.and_(inside, pc.less(moments, pa.scalar(end, TIMESTAMP)))
    return inside


def _cut_claims(claims: Sequence[_Claim], span: Span) -> Iterator[_Claim]:
    start, end = span
    for claim in claims:
        since = max((t for t in (claim.since, start) if t is not None), default=None)
        until = min((t for t in (claim.until, end) if t is not None), default=None)
        if since is None or until is None or since < until:
            yield replace(claim, since=since, until=until)
