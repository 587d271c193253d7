"""How the rows of a batch become rows of the store: ask first, then send what changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from psycopg2.errors import UniqueViolation

from resources.sql import statement
from resources.stores.base import STORED_SCHEMA
from resources.stores.postgres.connection import Cursor
from resources.stores.postgres.copying import SENT_AT_ONCE, CopyRows, file_rows, uuids
from resources.stores.postgres.drafts import Filling, Mark, Window
from resources.stores.postgres.erased import withhold_erased
from resources.stores.postgres.locks import lock_key
from resources.stores.report import WriteReport
from sources.batch import BATCH_SCHEMA
from sources.errors import StoreError
from sources.event import TIMESTAMP
from sources.windows import Grain, window_keys

_ROW: Final = [name for name in BATCH_SCHEMA.names if name != "files"]
_ADDED: Final = STORED_SCHEMA.names[len(BATCH_SCHEMA.names) :]
CONSUMERS: Final = ("announce", "lake")


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One transaction's time and number, shared by all it stores.

    Attributes:
        moment: when, by the database's clock; ``observed_at`` of what is new.
        arrival: its number; later writes have higher ones, whatever the clock does.
        erases: whether anybody's text is kept out, so that the rows have to be looked at.
    """

    moment: datetime
    arrival: int
    erases: bool


def begin_write(cursor: Cursor, source_ids: Iterable[str]) -> Write:
    """Be the only one to write rows of these sources until the transaction ends."""
    for source_id in sorted(source_ids):
        cursor.execute(statement("lock_rows"), {"key": lock_key("rows", source_id)})
    cursor.execute(statement("new_batch"))
    ((moment, arrival, erases),) = cursor.fetchall()
    return Write(moment=moment, arrival=arrival, erases=erases)


def write_events(
    cursor: Cursor,
    events: pa.Table,
    write: Write,
    *,
    only_new: bool = False,
    filling: Filling | None = None,
    guess: bool = False,
) -> tuple[WriteReport, "Touched"]:
    """Store a table's events: new ones, revisions and those that come back.

    Args:
        cursor: in a transaction that :func:`begin_write` began.
        events: rows of :data:`BATCH_SCHEMA`; ``observed_at`` and ``window`` too for rows that
            are put back as they were.
        write: the transaction's time and number.
        only_new: leave alone what is held already.
        filling: takes note of what is inserted.
        guess: try first as if nothing of it were held, which saves asking. Where that is right,
            what came is not noted in the table ``incoming``.

    Returns:
        What became of them, and the windows in which something changed.

    Raises:
        StoreError: an ``event_id`` is no canonical UUID.
    """
    cursor.execute(statement("create_incoming"))
    if not events.num_rows:
        return WriteReport(), Touched()
    _refuse_bad_ids(events)
    if write.erases:
        events = withhold_erased(cursor, events)
    touched = _try_insert(cursor, events, write, filling) if guess else None
    if touched is not None:
        return WriteReport(new=events.num_rows), touched
    touched = Touched()
    _send(cursor, "copy_incoming", _identities(events))
    cursor.execute(statement("choose_changes"))
    chosen: dict[str, list[int]] = {"new": [], "revise": [], "retract": []}
    for position, action in cursor.fetchall():
        chosen[action].append(position)
    if chosen["new"]:
        _insert(cursor, _pick(events, chosen["new"]), write, touched, filling)
    changed = [] if only_new else [*chosen["revise"], *chosen["retract"]]
    if changed:
        _replace(cursor, _pick(events, changed), write, touched)
    return WriteReport(
        new=len(chosen["new"]),
        revised=0 if only_new else len(chosen["revise"]),
        retracted=0 if only_new else len(chosen["retract"]),
        unchanged=events.num_rows - len(chosen["new"]) - len(changed),
    ), touched


class Touched:
    """The windows in which a transaction changed something, those that events left apart."""

    def __init__(self) -> None:
        self._entered: set[tuple[str, str]] = set()
        self._left: set[tuple[str, str]] = set()

    def take(self, cursor: Cursor) -> int:
        """Take rows ``source_id, left, entered, count``; give the sum of the counts."""
        total = 0
        for source_id, left, entered, count in cursor.fetchall():
            if entered is not None:
                self._entered.add((source_id, entered))
            if left is not None and left != entered:
                self._left.add((source_id, left))
            total += count
        return total

    def enter(self, source_id: str, windows: Iterable[str]) -> None:
        """Name windows that have gained events."""
        self._entered.update((source_id, window) for window in windows)

    def names(self) -> frozenset[str]:
        """The windows alone."""
        return frozenset(window for _, window in self._entered | self._left)

    def mark(
        self, cursor: Cursor, moment: datetime, consumers: Sequence[str] = CONSUMERS
    ) -> dict[Window, Mark]:
        """Leave a mark for each consumer on each window; gives the lake's.

        Windows left get the later marks: who writes files in the order of the marks has a
        moved event twice for a moment, never not at all.
        """
        pairs = sorted(self._entered | self._left)
        if not pairs:
            return {}
        cursor.execute(
            statement("mark_windows"),
            {
                "consumers": list(consumers),
                "source_ids": [source_id for source_id, _ in pairs],
                "windows": [window for _, window in pairs],
                "left": [pair in self._left for pair in pairs],
                "moment": moment,
            },
        )
        return {
            (source_id, window): Mark(before=before, after=after)
            for source_id, window, before, after in cursor.fetchall()
        }


def source_ids(events: pa.Table) -> list[str]:
    """Name the sources of a table's events."""
    owners: list[Any] = pc.unique(events.column("source_id")).to_pylist()
    return sorted(owners)


def _refuse_bad_ids(events: pa.Table) -> None:
    try:
        uuids(events.column("event_id"))
    except ValueError:
        # What stands there instead may be content.
        raise StoreError(
            f"{', '.join(source_ids(events))}: an event's id is no canonical UUID",
            remedy="The source's code has to give canonical ids",
        ) from None


def _identities(events: pa.Table) -> pa.Table:
    numbers = pa.array(range(events.num_rows), pa.int32())
    given = events.select(["event_id", "revised_at", "retracted_at", "digest"])
    return given.add_column(0, "position", numbers)


def _pick(events: pa.Table, positions: Sequence[int]) -> pa.Table:
    if len(positions) == events.num_rows:
        return events
    return events.take(pa.array(positions, pa.int64()))


def _try_insert(
    cursor: Cursor, events: pa.Table, write: Write, filling: Filling | None
) -> Touched | None:
    """Store events as if none of them were held; ``None``: one was, and nothing happened."""
    touched = Touched()
    cursor.execute(statement("begin_guess"))
    try:
        _insert(cursor, events, write, touched, filling)
    except UniqueViolation:
        cursor.execute(statement("undo_guess"))
        if filling is not None:
            filling.clear()
        return None
    cursor.execute(statement("keep_guess"))
    return touched


def _insert(
    cursor: Cursor, events: pa.Table, write: Write, touched: Touched, filling: Filling | None
) -> None:
    """Store events not held before, straight into their tables."""
    owners = source_ids(events)
    faithful = []
    cursor.execute(statement("read_cuts"), {"source_ids": owners})
    for source_id, grain, start in cursor.fetchall():
        own = events
        if len(owners) > 1:
            own = events.filter(pc.equal(events.column("source_id"), source_id))
        rows = own.select(_ROW)
        for name in _ADDED:
            rows = rows.append_column(name, _stored(name, own, write, (grain, start)))
        windows: list[Any] = pc.unique(rows.column("window")).to_pylist()
        if filling is not None:
            filling.note(cursor, source_id, windows, _whole(own, rows))
        rows = rows.append_column("files_known", own.column("files").is_valid())
        rows = rows.append_column("arrival", pa.repeat(write.arrival, own.num_rows))
        faithful.append(_send(cursor, "copy_events", rows))
        touched.enter(source_id, windows)
    faithful.append(_send_files(cursor, "copy_event_files", events))
    if filling is not None:
        filling.faithful = filling.faithful and all(faithful)


def _replace(cursor: Cursor, events: pa.Table, write: Write, touched: Touched) -> None:
    """Store events whose record changed; what they were becomes a revision."""
    values = {"moment": write.moment, "arrival": write.arrival}
    rows = events.select(_ROW).append_column("files_known", events.column("files").is_valid())
    cursor.execute(statement("create_staged"))
    _send(cursor, "copy_staged", rows)
    cursor.execute(statement("keep_revisions"), values)
    cursor.execute(statement("update_events"), values)
    touched.take(cursor)
    cursor.execute(statement("delete_files"))
    _send_files(cursor, "copy_event_files", events)


def _whole(events: pa.Table, rows: pa.Table) -> pa.Table:
    """Give rows with their files, as the lake has them."""
    columns = [(events if name == "files" else rows).column(name) for name in STORED_SCHEMA.names]
    return pa.Table.from_arrays(columns, STORED_SCHEMA.names).cast(STORED_SCHEMA)


def _stored(name: str, events: pa.Table, write: Write, cut: tuple[Grain, date]) -> Any:
    """Give a column that the store adds; rows that are put back bring their own."""
    if name in events.column_names:
        return events.column(name)
    if name == "observed_at":
        return pa.repeat(pa.scalar(write.moment, TIMESTAMP), events.num_rows)
    return window_keys(events.column("occurred_at"), write.moment, *cut)


def _send_files(cursor: Cursor, name: str, events: pa.Table) -> bool:
    if not pc.any(events.column("files").is_valid()).as_py():
        return True
    return _send(cursor, name, file_rows(events))


def _send(cursor: Cursor, name: str, table: pa.Table) -> bool:
    """Send rows; says whether all of them stay as they are."""
    with CopyRows(table) as rows:
        cursor.copy_expert(statement(name), rows, size=SENT_AT_ONCE)
        return rows.faithful
