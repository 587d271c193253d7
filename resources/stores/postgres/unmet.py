"""Many claims at once: those that withdraw nothing are told from the others by one look.

Each claim would look through the source's rows by itself, and a source with hundreds of channels
makes a claim for each at the end of a full pass, which has met nearly everything.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from resources.sql import statement
from resources.stores.postgres.connection import Cursor
from resources.stores.postgres.progress import Progress
from resources.stores.report import PassRequest
from sources.batch import CompleteScope

MANY: Final = 10
"""Claims of a pass from which on one look for all is worth it."""

_MOST: Final = 1_000
"""Events not met beyond which every claim has to look for itself."""

_Row = tuple[str, str | None, str, datetime]


def drop_idle(
    cursor: Cursor, request: PassRequest, progress: Progress, claims: Sequence[CompleteScope]
) -> Sequence[CompleteScope]:
    """Leave out claims of a pass that speak of no event which it has not met.

    Args:
        cursor: in the transaction that has noted what the batch gave.
        request: what the pass was asked for.
        progress: where it stands.
        claims: of one batch.
    """
    if progress.pass_id is None or sum(claim.within == "pass" for claim in claims) < MANY:
        return claims
    cursor.execute(
        statement("read_unmet"),
        {
            "source_id": request.source_id,
            "window": request.window,
            "pass_id": progress.pass_id,
            "pass_arrival": progress.arrival,
            "limit": _MOST + 1,
        },
    )
    unmet: list[_Row] = cursor.fetchall()
    if len(unmet) > _MOST:
        return claims
    return [
        claim
        for claim in claims
        if claim.within == "batch" or any(_may_speak_of(claim, row) for row in unmet)
    ]


def _may_speak_of(claim: CompleteScope, row: _Row) -> bool:
    """Whether a claim may speak of an event; of sessions the statement itself judges."""
    kind, scope, subject, at = row
    return (
        kind in claim.kinds
        and claim.scope in (None, scope)
        and subject.startswith(claim.subject or "")
        and (claim.since is None or at >= claim.since)
        and (claim.until is None or at < claim.until)
    )
