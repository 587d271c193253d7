"""How the rows of a batch become rows of the store: ask first, then send what changes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from resources.sql import statement
from resources.stores.postgres.connection import Cursor
from resources.stores.postgres.copying import CopyText, file_rows, storable_json
from resources.stores.postgres.locks import lock_key
from resources.stores.report import WriteReport
from sources.batch import BATCH_SCHEMA
from sources.event import TIMESTAMP

_ROW: Final = [name for name in BATCH_SCHEMA.names if name != "files"]
CONSUMERS: Final = ("announce", "lake")
_STORED: Final = (("observed_at", TIMESTAMP), ("window", pa.string()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One transaction's time and number, shared by all it stores.

    Attributes:
        moment: when, by the database's clock; ``observed_at`` of what is new.
        arrival: its number; later writes have higher ones, whatever the clock does.
    """

    moment: datetime
    arrival: int


def begin_write(cursor: Cursor, source_ids: Iterable[str]) -> Write:
    """Be the only one to write rows of these sources until the transaction ends."""
    for source_id in sorted(source_ids):
        cursor.execute(statement("lock_rows"), {"key": lock_key("rows", source_id)})
    cursor.execute(statement("new_batch"))
    ((moment, arrival),) = cursor.fetchall()
    return Write(moment=moment, arrival=arrival)


def write_events(
    cursor: Cursor, events: pa.Table, write: Write, *, only_new: bool = False
) -> tuple[WriteReport, "Touched"]:
    """Store a table's events: new ones, revisions and those that come back.

    Args:
        cursor: in a transaction that :func:`begin_write` began.
        events: rows of :data:`BATCH_SCHEMA`; ``observed_at`` and ``window`` too for rows that
            are put back as they were.
        write: the transaction's time and number.
        only_new: leave alone what is held already.

    Returns:
        What became of them, and the windows in which something changed.
    """
    touched = Touched()
    cursor.execute(statement("create_staging"))
    if not events.num_rows:
        return WriteReport(), touched
    _send(cursor, "copy_incoming", _identities(events))
    cursor.execute(statement("choose_changes"))
    changes = [row for row in cursor.fetchall() if row[1] == "new" or not only_new]
    actions = Counter(action for _, action in changes)
    if changes:
        _stage(cursor, events, changes)
        _merge(cursor, actions, write, touched)
    return WriteReport(
        new=actions["new"],
        revised=actions["revise"],
        retracted=actions["retract"],
        unchanged=events.num_rows - len(changes),
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

    def names(self) -> frozenset[str]:
        """The windows alone."""
        return frozenset(window for _, window in self._entered | self._left)

    def mark(self, cursor: Cursor, moment: datetime, consumers: Sequence[str] = CONSUMERS) -> None:
        """Leave a mark for each consumer on each window.

        Windows left get the later marks: who writes files in the order of the marks has a
        moved event twice for a moment, never not at all.
        """
        pairs = sorted(self._entered | self._left)
        if pairs:
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


def source_ids(events: pa.Table) -> list[str]:
    """Name the sources of a table's events."""
    owners: list[Any] = pc.unique(events.column("source_id")).to_pylist()
    return sorted(owners)


def _identities(events: pa.Table) -> pa.Table:
    numbers = pa.array(range(events.num_rows), pa.int32())
    columns = ["event_id", "revised_at", "retracted_at", "digest"]
    return events.select(columns).add_column(0, "position", numbers)


def _stage(cursor: Cursor, events: pa.Table, changes: Sequence[tuple[int, str]]) -> None:
    positions, actions = zip(*changes, strict=True)
    if len(positions) < events.num_rows:
        events = events.take(pa.array(positions, pa.int64()))
    _send(cursor, "copy_staged", _rows(events, pa.array(actions, pa.string())))
    if pc.any(events.column("files").is_valid()).as_py():
        _send(cursor, "copy_staged_files", file_rows(events))


def _rows(events: pa.Table, actions: "pa.Array[Any]") -> pa.Table:
    rows = events.select(_ROW)
    index = rows.schema.get_field_index("attributes")
    rows = rows.set_column(index, "attributes", storable_json(rows.column("attributes")))
    for name, kind in _STORED:
        given = name in events.column_names
        column = events.column(name) if given else pa.nulls(events.num_rows, kind)
        rows = rows.append_column(name, column)
    return rows.append_column("files_known", events.column("files").is_valid()).append_column(
        "action", actions
    )


def _merge(cursor: Cursor, actions: Counter[str], write: Write, touched: Touched) -> None:
    values = {"moment": write.moment, "arrival": write.arrival}
    if actions["new"]:
        cursor.execute(statement("insert_events"), values)
        touched.take(cursor)
    if actions["revise"] or actions["retract"]:
        cursor.execute(statement("keep_revisions"), values)
        cursor.execute(statement("update_events"), values)
        touched.take(cursor)
        cursor.execute(statement("delete_files"))
    cursor.execute(statement("insert_files"))


def _send(cursor: Cursor, name: str, table: pa.Table) -> None:
    cursor.copy_expert(statement(name), CopyText(table), size=1 << 20)
