"""Claims of completeness: what a pass has not met, where it has met everything, is withdrawn."""

import logging
from collections.abc import Sequence
from typing import Any

from resources.sql import statement
from resources.stores.postgres.connection import Cursor
from resources.stores.postgres.progress import Progress
from resources.stores.postgres.writing import Touched, Write
from resources.stores.report import PassRequest
from sources.batch import CompleteScope

_log = logging.getLogger(__name__)


def honour_claims(
    cursor: Cursor,
    request: PassRequest,
    progress: Progress,
    claims: Sequence[CompleteScope],
    write: Write,
    touched: Touched,
) -> tuple[int, tuple[str, ...]]:
    """Withdraw what each scope holds and the pass has not met.

    Only a pass that saw its scope from the beginning may claim: a full one, or the refresh of
    a window, for that window. Others' claims are passed over.

    Returns:
        How many events were withdrawn, and the claims that were skipped, in words.
    """
    gone, skipped = 0, []
    for claim in claims if progress.pass_id is not None else ():
        values = _parameters(request, progress, claim, write)
        refusal = (
            None
            if claim.proven or request.accept_retractions
            else _weigh(cursor, values, claim, request.max_vanishing)
        )
        if refusal:
            _log.warning("%s: claim skipped: %s", request.source_id, refusal)
            skipped.append(refusal)
            cursor.execute(statement("skip_claim"), {**values, "words": refusal})
            continue
        cursor.execute(statement("honour_claim"), values)
        gone += touched.take(cursor)
    return gone, tuple(skipped)


def forget_skipped(cursor: Cursor, request: PassRequest, pass_id: str | None) -> None:
    """Let go of what earlier passes skipped: one that ends, and could claim, has said it anew."""
    if pass_id is not None:
        cursor.execute(
            statement("forget_skipped"),
            {"source_id": request.source_id, "pass_id": pass_id, "window": request.window},
        )


def _weigh(
    cursor: Cursor, values: dict[str, Any], claim: CompleteScope, share: float
) -> str | None:
    """Say why an inferred claim goes too far; ``None``: it does not."""
    cursor.execute(statement("weigh_claim"), values)
    standing, missing = cursor.fetchone() or (0, 0)
    if missing <= standing * share:
        return None
    scope = f" of {claim.scope}" if claim.scope is not None else ""
    return (
        f"{missing} of {standing} {'/'.join(claim.kinds)}{scope} would vanish "
        f"({claim.since or 'the beginning'} to {claim.until or 'now'})"
    )


def _parameters(
    request: PassRequest, progress: Progress, claim: CompleteScope, write: Write
) -> dict[str, Any]:
    return {
        "source_id": request.source_id,
        "kinds": list(claim.kinds),
        "scope": claim.scope,
        "since": claim.since,
        "until": claim.until,
        "window": request.window,
        "pass_id": progress.pass_id,
        "pass_arrival": progress.arrival,
        "moment": write.moment,
    }
