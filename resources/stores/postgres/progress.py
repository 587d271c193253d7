"""Where a pass begins: the progress row, the request, and what follows from both."""

import json
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from resources.sql import statement
from resources.stores.postgres.connection import Cursor
from resources.stores.postgres.writing import Touched, Write, begin_write
from resources.stores.report import PassRequest, SourceState
from sources.batch import Cursor as SourceCursor
from sources.errors import ConfigError, StoreError

_OLD_CONFIG: Final = (
    "Restart this process, so that it reads the configuration as it is now; or save the "
    "configuration file again, if it is this one that shall hold"
)


_BEATEN: Final = "Begin a new pass; it goes on from what is stored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a pass stands.

    Attributes:
        epoch: the line of progress.
        cursor: where to read from.
        pass_id: names the full pass, or the refresh of a window; ``None``: neither.
        arrival: number of the write at which that pass began.
        purges: whether its end withdraws all it has not met, as the configuration changed.
        version: of the progress row; 0 while there is none.
    """

    epoch: str
    cursor: SourceCursor | None
    pass_id: str | None
    arrival: int | None
    purges: bool = False
    version: int = 0


def begin_progress(cursor: Cursor, request: PassRequest) -> Progress:
    """Decide where a pass begins; the caller holds the source's lock.

    The row itself is moved by the pass's first write, so that a pass which never wrote has
    changed nothing. Only windows are cut anew at once, where grain or start are others.

    Raises:
        ConfigError: this process's configuration is older than the row's.
    """
    write = begin_write(cursor, [request.source_id])
    _cut_windows(cursor, request, read_state(cursor, request.source_id), write)
    state = read_state(cursor, request.source_id)
    if request.kind == "refresh":
        epoch = state.epoch if state else str(uuid4())
        pass_id = str(uuid4()) if request.window else None
        return Progress(epoch=epoch, cursor=None, pass_id=pass_id, arrival=write.arrival)
    start = _start(request, state)
    if start.arrival is None:
        start = replace(start, arrival=write.arrival)
    return replace(start, version=state.version if state else 0)


def save_progress(cursor: Cursor, request: PassRequest, progress: Progress) -> None:
    """Write the progress row, if it is still as this pass left it.

    Raises:
        StoreError: it is not; the caller's transaction must not commit.
    """
    cursor.execute(
        statement("move_progress" if progress.version else "make_progress"),
        {
            "source_id": request.source_id,
            "epoch": progress.epoch,
            "cursor": write_cursor(request.source_id, progress.cursor),
            "pass_id": progress.pass_id,
            "pass_arrival": progress.arrival,
            "pass_purges": progress.purges,
            "fingerprint": request.fingerprint,
            "configured_at": request.configured_at,
            "version": progress.version,
        },
    )
    if cursor.rowcount != 1:
        raise StoreError(f"{request.source_id}: another writer has taken over", remedy=_BEATEN)


def _start(request: PassRequest, state: "State | None") -> Progress:
    """Say where a sync begins, from the row and the request alone."""
    fresh = Progress(
        epoch=request.epoch or (state.epoch if state else str(uuid4())),
        cursor=None,
        pass_id=str(uuid4()),
        arrival=None,
    )
    if state is None:
        return fresh
    if state.fingerprint != request.fingerprint:
        return replace(fresh, purges=request.lasting)
    fresh = replace(fresh, purges=state.purges)
    if request.epoch is not None and request.epoch != state.epoch:
        # While a purge is due, only a reading from nothing can end with it.
        if request.start_cursor is None or state.purges:
            return fresh
        return replace(fresh, cursor=request.start_cursor, pass_id=None)
    if state.cursor is None and state.pass_id is None:
        return fresh
    return Progress(
        epoch=state.epoch,
        cursor=state.cursor,
        pass_id=state.pass_id,
        arrival=state.arrival,
        purges=state.purges,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The progress row, as it lies in the table."""

    epoch: str
    cursor: SourceCursor | None
    pass_id: str | None
    arrival: int | None
    purges: bool
    fingerprint: str
    configured_at: datetime | None
    version: int
    updated_at: datetime

    def public(self, source_id: str) -> SourceState:
        """The row as the store gives it."""
        return SourceState(
            source_id=source_id,
            epoch=self.epoch,
            cursor=self.cursor,
            pass_id=self.pass_id,
            fingerprint=self.fingerprint,
            configured_at=self.configured_at,
            version=self.version,
            updated_at=self.updated_at,
        )


def read_state(cursor: Cursor, source_id: str) -> State | None:
    """Read a source's progress row."""
    cursor.execute(statement("read_state"), {"source_id": source_id})
    row = cursor.fetchone()
    return None if row is None else parse_state(row)


def parse_state(row: tuple[Any, ...]) -> State:
    """Read a row of ``read_state.sql``."""
    epoch, source_cursor, *others = row
    names = [item.name for item in fields(State)][2:]
    return State(
        epoch=epoch,
        cursor=None if source_cursor is None else json.loads(source_cursor),
        **dict(zip(names, others, strict=True)),
    )


def write_cursor(source_id: str, source_cursor: SourceCursor | None) -> str | None:
    """Write a cursor as the text that is kept.

    Raises:
        StoreError: JSON cannot hold it.
    """
    try:
        return None if source_cursor is None else json.dumps(source_cursor, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"{source_id}: the cursor cannot be written as JSON: {error}",
            remedy="A source's cursor holds texts, numbers, lists and objects only",
        ) from error


def _cut_windows(cursor: Cursor, request: PassRequest, state: State | None, write: Write) -> None:
    """Make the source known; where it is and its windows were cut otherwise, cut them anew."""
    values = {
        "source_id": request.source_id,
        "source_type": request.source_type,
        "grain": request.grain,
        "start": request.start,
    }
    cursor.execute(statement("know_source"), values)
    cursor.execute(statement("read_source"), values)
    source_type, grain, start = cursor.fetchone() or (None, None, None)
    cut_otherwise = (grain, start) != (request.grain, request.start)
    if cut_otherwise or (state is not None and state.fingerprint != request.fingerprint):
        _refuse_older(request, state)
    if cut_otherwise or source_type != request.source_type:
        cursor.execute(statement("regrain_source"), values)
    if not cut_otherwise:
        return
    touched = Touched()
    cursor.execute(statement("regrain_events"), values)
    touched.take(cursor)
    touched.mark(cursor, write.moment)
    cursor.execute(statement("regrain_revisions"), values)
    # Only a reading from nothing can say again how whole each window is.
    cursor.execute(statement("forget_coverage"), values)
    cursor.execute(
        statement("reread_source"),
        {
            **values,
            "pass_id": str(uuid4()),
            "pass_arrival": write.arrival,
            "configured_at": request.configured_at,
        },
    )


def _refuse_older(request: PassRequest, state: State | None) -> None:
    if state is None or state.configured_at is None or request.configured_at is None:
        return
    if request.configured_at < state.configured_at:
        raise ConfigError(
            f"{request.source_id}: this process's configuration, of {request.configured_at}, is "
            f"older than the one last synced with, of {state.configured_at}",
            remedy=_OLD_CONFIG,
        )
