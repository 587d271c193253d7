"""One writer's way through one source of a memory store."""

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from resources.stores.base import WritePass
from resources.stores.memory.rows import read_rows
from resources.stores.memory.tables import FullPass, Home
from resources.stores.report import PassRequest, SkippedClaim, SourceState, WriteReport
from sources.batch import CompleteScope, Cursor, EventBatch
from sources.errors import ConfigError, StoreError
from sources.event import OBSERVED_KINDS, utc_now

if TYPE_CHECKING:
    from resources.stores.memory.store import MemoryStore


class MemoryPass(WritePass):
    """A pass over a memory store; made by its ``begin_pass``, which holds the source's lock."""

    def __init__(self, store: "MemoryStore", request: PassRequest, holder: str) -> None:
        self._store = store
        self._request = request
        self._holder = holder
        self._home = Home(
            source_id=request.source_id,
            source_type=request.source_type,
            grain=request.grain,
            start=request.start,
        )
        self._open = True
        self.report = WriteReport()
        with store.transaction() as tables:
            row = tables.states.get(request.source_id)
            before = tables.homes.get(request.source_id, self._home)
            cut_otherwise = (before.grain, before.start) != (request.grain, request.start)
            _refuse_old_configuration(request, row, cut_otherwise=cut_otherwise)
            if tables.settle(self._home) and row is not None:
                row = self._read_again(row)
            self._version = row.version if row else 0
            self._begin(row, tables.passes.get(request.source_id))
        self._at = self.cursor

    def _begin(self, row: SourceState | None, running: FullPass | None) -> None:
        request = self._request
        self.epoch = request.epoch or (row.epoch if row else str(uuid4()))
        self.cursor: Cursor | None = None
        self._pass_id: str | None = None
        self._memory = self._begin_memory()
        if request.kind == "refresh":
            self.full = False
            return
        changed = row is not None and row.fingerprint != request.fingerprint
        purges = (changed and request.lasting) or (running is not None and running.purges)
        if row is not None and not changed:
            # While a purge is due, only a reading from nothing can end with it.
            start = None if purges else request.start_cursor
            self.cursor = start if row.epoch != self.epoch else row.cursor
            if row.epoch == self.epoch and row.pass_id and running:
                self._pass_id, self._memory = row.pass_id, replace(running, seen=set(running.seen))
        self._memory.purges = purges
        self.full = self._pass_id is not None or self.cursor is None
        if self.full and self._pass_id is None:
            self._pass_id = str(uuid4())

    def _read_again(self, row: SourceState) -> SourceState:
        """Have the source read from nothing: only that can say how whole its new windows are."""
        tables, source_id = self._store.tables, row.source_id
        running = tables.passes.get(source_id)
        tables.passes[source_id] = self._begin_memory(purges=running is not None and running.purges)
        again = replace(
            row,
            cursor=None,
            pass_id=str(uuid4()),
            configured_at=_later(row.configured_at, self._request.configured_at),
            version=row.version + 1,
        )
        tables.states[source_id] = again
        return again

    def _begin_memory(self, *, purges: bool = False) -> FullPass:
        return FullPass(arrival=next(self._store.tables.sequence), purges=purges)

    def restart(self) -> None:
        """Begin this pass again from nothing: a new full pass."""
        self._check_open()
        self.cursor = self._at = None
        self._memory = self._begin_memory(purges=self._memory.purges)
        if self._request.kind != "sync":
            return
        self.full = True
        with self._store.transaction() as tables:
            self._check_fence(tables.states.get(self._request.source_id))
            self._pass_id = str(uuid4())
            self._save(None, self._pass_id)

    def write(self, batch: EventBatch) -> WriteReport:
        """Store a batch, its cursor and its marks, or nothing of it."""
        self._check_open()
        source_id, now = self._request.source_id, utc_now()
        rows = read_rows(self._store.withhold(batch.events))
        if any(row["source_id"] != source_id for row in rows):
            raise StoreError(f"{source_id}: a batch holds events of another source")
        cursor = _json_copy(source_id, batch.cursor)
        with self._store.transaction() as tables:
            self._check_fence(tables.states.get(source_id))
            report = tables.merge(self._home, rows, now)
            tables.keep_bad(source_id, batch.quarantined, now)
            report += tables.retract(source_id, batch.retracted, now, batch.standing)
            given = {row["event_id"] for row in rows}
            given.update(bad.event_id for bad in batch.quarantined if bad.event_id)
            self._memory.seen |= given
            for claim in batch.complete:
                report += self._honour(claim, given, batch.standing)
            tables.cover(self._home, batch.coverage, now, self._request.window)
            if self._request.kind == "sync":
                self._save(cursor, self._pass_id)
        report += WriteReport(quarantined=len(batch.quarantined))
        self.report += report
        return report

    def _honour(
        self, claim: CompleteScope, given: set[str], standing: datetime | None
    ) -> WriteReport:
        """Retract what a claim says is gone, if this pass may make such a claim."""
        request, tables = self._request, self._store.tables
        window = request.window if request.kind == "refresh" else None
        whole = self.full or window is not None
        if not whole and (claim.within == "pass" or request.kind == "refresh"):
            return WriteReport()
        held = tables.claimed(request.source_id, claim, window)
        if claim.within == "batch":
            gone = [row["event_id"] for row in held if row["event_id"] not in given]
        else:
            gone = tables.unmet(held, self._memory)
        bounded = not (claim.proven or request.accept_retractions)
        if bounded and len(gone) > max(request.max_vanishing * len(held), claim.few):
            text = f"{', '.join(claim.kinds)}: {len(gone)} of {len(held)} events would vanish"
            source_id, now = request.source_id, utc_now()
            skipped = SkippedClaim(source_id=source_id, window=window, words=text, skipped_at=now)
            tables.skip(skipped, self._memory.arrival)
            return WriteReport(skipped_claims=(text,))
        return tables.retract(request.source_id, gone, utc_now(), standing)

    def finish(self) -> WriteReport:
        """Close the pass: the source has given everything up to now."""
        self._check_open()
        source_id = self._request.source_id
        with self._store.transaction() as tables:
            self._check_fence(tables.states.get(source_id))
            if self._request.kind == "sync":
                if self._memory.purges:
                    held = tables.of_source(source_id)
                    lasting = [row for row in held if row["kind"] not in OBSERVED_KINDS]
                    gone = tables.unmet(lasting, self._memory)
                    self.report += tables.retract(source_id, gone, utc_now())
                self._save(self._at, None)
            if self.full or self._request.window is not None:
                window = self._request.window
                tables.forget_skipped(source_id, self._memory.arrival, window)
        self.close()
        return self.report

    def close(self) -> None:
        """Give the lock back."""
        if self._open:
            self._open = False
            self._store.release(self._request.source_id, self._holder)

    def _save(self, cursor: Cursor | None, pass_id: str | None) -> None:
        """Write the progress row, inside the caller's transaction."""
        tables, request = self._store.tables, self._request
        row = tables.states.get(request.source_id)
        self._version += 1
        self._at = cursor
        tables.states[request.source_id] = SourceState(
            source_id=request.source_id,
            epoch=self.epoch,
            cursor=cursor,
            pass_id=pass_id,
            fingerprint=request.fingerprint,
            configured_at=_later(row.configured_at if row else None, request.configured_at),
            version=self._version,
            updated_at=utc_now(),
        )
        if pass_id is None:
            tables.passes.pop(request.source_id, None)
        else:
            tables.passes[request.source_id] = replace(self._memory, seen=set(self._memory.seen))

    def _check_open(self) -> None:
        if not self._open:
            raise StoreError(
                f"{self._request.source_id}: this pass is closed", remedy="Begin a new one"
            )

    def _check_fence(self, row: SourceState | None) -> None:
        if (row.version if row else 0) != self._version:
            raise StoreError(
                f"{self._request.source_id}: another writer has taken over",
                remedy="Begin a new pass; it goes on from what is stored",
            )


def _refuse_old_configuration(
    request: PassRequest, row: SourceState | None, *, cut_otherwise: bool
) -> None:
    if row is None or row.configured_at is None or request.configured_at is None:
        return
    changed = cut_otherwise or request.fingerprint != row.fingerprint
    if changed and request.configured_at < row.configured_at:
        raise ConfigError(
            f"{request.source_id}: this process read its configuration before another one "
            "that the store has seen since",
            remedy="Start it again, so that it reads the present file",
        )


def _later(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _json_copy(source_id: str, cursor: Cursor | None) -> Cursor | None:
    try:
        copy: Cursor | None = json.loads(json.dumps(cursor, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise StoreError(f"{source_id}: the cursor cannot be written as JSON: {error}") from error
    return copy
