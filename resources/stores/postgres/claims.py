"""Claims of completeness: what a pass has not met, where it has met everything, is withdrawn."""

import logging
from typing import Any, Final

from resources.sql import statement
from resources.stores.postgres.connection import Cursor
from resources.stores.postgres.progress import Progress
from resources.stores.postgres.unmet import drop_idle
from resources.stores.postgres.writing import Touched, Write
from resources.stores.report import PassRequest
from sources.batch import CompleteScope, EventBatch

_log = logging.getLogger(__name__)

_STATEMENTS: Final = {
    "pass": ("weigh_claim", "honour_claim"),
    "batch": ("weigh_batch_claim", "honour_batch_claim"),
}

_INCREMENTAL: Final = "00000000-0000-0000-0000-000000000000"
"""Stands for passes that go on from a cursor, whose skipped claims a later full one settles."""


def honour_claims(
    cursor: Cursor,
    request: PassRequest,
    progress: Progress,
    batch: EventBatch,
    write: Write,
    touched: Touched,
) -> tuple[int, tuple[str, ...]]:
    """Withdraw what each scope holds and the pass, or the batch, has not met.

    For a pass only one may claim that saw its scope from the beginning: a full one, or the refresh
    of a window, for that window. Others' claims are passed over. A batch that has all of its scope
    may claim in any of these, and in any other sync.

    Returns:
        How many events were withdrawn, and the claims that were skipped, in words.
    """
    gone, skipped = 0, []
    for claim in drop_idle(cursor, request, progress, batch.complete):
        if progress.pass_id is None and (claim.within == "pass" or request.kind != "sync"):
            continue
        values = _parameters(request, progress, claim, batch, write)
        weigh, honour = _STATEMENTS[claim.within]
        refusal = None
        if not (claim.proven or request.accept_retractions):
            cursor.execute(statement(weigh), values)
            standing, missing = cursor.fetchone() or (0, 0)
            refusal = _doubt(claim, standing, missing, request.max_vanishing)
        if refusal:
            _log.warning("%s: claim skipped: %s", request.source_id, refusal)
            skipped.append(refusal)
            cursor.execute(statement("skip_claim"), {**values, "words": refusal})
            continue
        cursor.execute(statement(honour), values)
        gone += touched.take(cursor)
    return gone, tuple(skipped)


def forget_skipped(cursor: Cursor, request: PassRequest, pass_id: str | None) -> None:
    """Let go of what earlier passes skipped: one that ends, and could claim, has said it anew."""
    if pass_id is not None:
        cursor.execute(
            statement("forget_skipped"),
            {"source_id": request.source_id, "pass_id": pass_id, "window": request.window},
        )


def _doubt(claim: CompleteScope, standing: int, missing: int, share: float) -> str | None:
    """Say why an inferred claim goes too far; ``None``: it does not."""
    if missing <= max(standing * share, claim.few):
        return None
    named = claim.scope or claim.subject
    scope = f" of {named}" if named is not None else ""
    return (
        f"{missing} of {standing} {'/'.join(claim.kinds)}{scope} would vanish "
        f"({claim.since or 'the beginning'} to {claim.until or 'now'})"
    )


def _parameters(
    request: PassRequest,
    progress: Progress,
    claim: CompleteScope,
    batch: EventBatch,
    write: Write,
) -> dict[str, Any]:
    first, last = claim.sessions or (None, None)
    return {
        "source_id": request.source_id,
        "kinds": list(claim.kinds),
        "scope": claim.scope,
        "subject": claim.subject,
        "session": first if first == last else None,
        "first_session": None if first == last else first,
        "last_session": None if first == last else last,
        "but_sessions": list(claim.but_sessions),
        "since": claim.since,
        "until": claim.until,
        "window": request.window,
        "pass_id": progress.pass_id or _INCREMENTAL,
        "pass_arrival": progress.arrival,
        "unread": [record.event_id for record in batch.quarantined if record.event_id],
        "moment": write.moment,
        "standing": batch.standing,
    }
