"""What a memory store holds, and the rules by which a batch changes it."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Final

import pyarrow as pa

from resources.stores.erasing import Erasures, Scrubbed, scrub_known
from resources.stores.memory.rows import Row, replaces, without_twins
from resources.stores.report import (
    Consumer,
    QuarantineRow,
    SkippedClaim,
    SourceState,
    WindowCoverage,
    WriteReport,
)
from sources.batch import RAW_LIMIT, CompleteScope, Coverage, QuarantineRecord
from sources.windows import Grain, current_window, window_bounds, window_key, window_range

CONSUMERS: Final[tuple[Consumer, ...]] = ("announce", "lake")


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What is known of a source apart from its events: its type and its windows."""

    source_id: str
    source_type: str
    grain: Grain
    start: date

    def window(self, row: Row) -> str:
        """Name the window of a stored row."""
        return window_key(row["occurred_at"], row["observed_at"], self.grain, self.start)


@dataclass(slots=True, kw_only=True)
class FullPass:
    """What a full pass remembers over restarts.

    Attributes:
        arrival: number of the write at which it began; what was stored since is none of its own
            to withdraw.
        seen: event ids it has given, those of quarantined records too.
        purges: whether its end retracts all that it has not given.
    """

    arrival: int
    seen: set[str] = field(default_factory=set)
    purges: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The content an event had until it was replaced."""

    row: Row
    replaced_at: datetime


@dataclass(slots=True)
class Tables:
    """All tables of one store. Nothing here locks: callers hold the store's lock."""

    rows: dict[str, Row] = field(default_factory=dict)
    arrivals: dict[str, int] = field(default_factory=dict)
    versions: dict[str, list[Version]] = field(default_factory=dict)
    homes: dict[str, Home] = field(default_factory=dict)
    states: dict[str, SourceState] = field(default_factory=dict)
    passes: dict[str, FullPass] = field(default_factory=dict)
    marks: dict[Consumer, dict[tuple[str, str], int]] = field(
        default_factory=lambda: {consumer: {} for consumer in CONSUMERS}
    )
    stood: dict[str, datetime] = field(default_factory=dict)
    coverage: dict[tuple[str, str], WindowCoverage] = field(default_factory=dict)
    skipped: dict[str, list[tuple[int, SkippedClaim]]] = field(default_factory=dict)
    quarantine: dict[tuple[str, str], QuarantineRow] = field(default_factory=dict)
    quarantined_ids: dict[tuple[str, str], str | None] = field(default_factory=dict)
    scrubbed: dict[tuple[str, str], str] = field(default_factory=dict)
    erasures: Erasures = field(default_factory=lambda: Erasures(()))
    traffic: dict[tuple[str, str], pa.Table] = field(default_factory=dict)
    sequence: Iterator[int] = field(default_factory=lambda: count(1))

    def of_source(self, source_id: str) -> list[Row]:
        """Give all rows of a source, withdrawn ones too."""
        return [row for row in self.rows.values() if row["source_id"] == source_id]

    def unmet(self, rows: Iterable[Row], memory: FullPass) -> list[str]:
        """Name the events that a pass has not given, but for those stored since it began."""
        ids = (row["event_id"] for row in rows)
        return [
            name for name in ids if name not in memory.seen and self.arrivals[name] < memory.arrival
        ]

    def settle(self, home: Home) -> bool:
        """Note a source; where its windows changed, give every row its new window.

        Returns:
            Whether they changed. Nothing is known of the new windows then.
        """
        before = self.homes.get(home.source_id)
        self.homes[home.source_id] = home
        if before is None or (before.grain, before.start) == (home.grain, home.start):
            return False
        moves = _Touched()
        for row in self.of_source(home.source_id):
            window = home.window(row)
            if row["retracted_at"] is None:
                moves.move(row["window"], window)
            row["window"] = window
        for key in [key for key in self.coverage if key[0] == home.source_id]:
            del self.coverage[key]
        self.mark(home.source_id, moves)
        return True

    def mark(self, source_id: str, touched: "_Touched", *consumers: Consumer) -> None:
        """Mark windows for every consumer (or those named), the windows left behind last."""
        for window in touched.ordered():
            for consumer in consumers or CONSUMERS:
                self.marks[consumer][source_id, window] = next(self.sequence)

    def merge(self, home: Home, rows: Sequence[Row], now: datetime) -> WriteReport:
        """Upsert the rows of one source: newer or equal ``revised_at`` wins."""
        counts: Counter[str] = Counter()
        touched = _Touched()
        winners = without_twins(rows)
        for row in winners:
            counts[self._merge_row(home, row, now, touched)] += 1
        self._end_quarantine(home.source_id, {row["event_id"] for row in winners})
        self.mark(home.source_id, touched)
        return WriteReport(
            new=counts["new"],
            revised=counts["revised"],
            unchanged=len(rows) - counts["new"] - counts["revised"],
            windows=touched.windows(),
        )

    def put_back(self, row: Row) -> None:
        """Store a row of the lake as it is."""
        self.rows[row["event_id"]] = row
        self.arrivals[row["event_id"]] = next(self.sequence)
        touched = _Touched()
        touched.move(None, row["window"])
        self.mark(row["source_id"], touched)

    def _merge_row(self, home: Home, row: Row, now: datetime, touched: "_Touched") -> str:
        old = self.rows.get(row["event_id"])
        if old is None:
            self.arrivals[row["event_id"]] = next(self.sequence)
            stored = {**row, "observed_at": now}
            stored["window"] = home.window(stored)
            self.rows[row["event_id"]] = stored
            touched.move(None, stored["window"])
            return "new"
        if not replaces(row, old):
            return "unchanged"
        self.arrivals[row["event_id"]] = next(self.sequence)
        self.stood.pop(row["event_id"], None)
        stored = {**row, "observed_at": old["observed_at"]}
        stored["window"] = home.window(stored)
        versions = self.versions.setdefault(row["event_id"], [])
        versions.append(Version(row=old, replaced_at=now))
        self.rows[row["event_id"]] = stored
        touched.move(old["window"], stored["window"])
        return "revised"

    def _end_quarantine(self, source_id: str, stored: Collection[str]) -> None:
        ended = [
            key
            for key, event_id in self.quarantined_ids.items()
            if key[0] == source_id and event_id in stored
        ]
        for key in ended:
            del self.quarantine[key], self.quarantined_ids[key]
            self.scrubbed.pop(key, None)

    def retract(
        self,
        source_id: str,
        event_ids: Iterable[str],
        now: datetime,
        standing: datetime | None = None,
    ) -> WriteReport:
        """Withdraw the live rows among ``event_ids``, which stood until ``standing``."""
        touched = _Touched()
        retracted = 0
        for event_id in set(event_ids):
            row = self.rows.get(event_id)
            if row and row["source_id"] == source_id and row["retracted_at"] is None:
                self.rows[event_id] = {**row, "retracted_at": now}
                if standing is not None:
                    self.stood[event_id] = max(standing, row["observed_at"])
                touched.move(row["window"], None)
                retracted += 1
        self.mark(source_id, touched)
        return WriteReport(retracted=retracted, windows=touched.windows())

    def claimed(self, source_id: str, claim: CompleteScope, window: str | None) -> list[Row]:
        """Give the live rows a claim speaks of; with ``window``, only that window's."""
        return [
            row
            for row in self.of_source(source_id)
            if row["retracted_at"] is None
            and row["kind"] in claim.kinds
            and claim.scope in (None, row["scope"])
            and _names(claim, row)
            and (claim.since is None or row["occurred_at"] >= claim.since)
            and (claim.until is None or row["occurred_at"] < claim.until)
            and window in (None, row["window"])
        ]

    def skip(self, claim: SkippedClaim, arrival: int) -> None:
        """Keep a claim that was not believed, of the pass that began at ``arrival``."""
        self.skipped.setdefault(claim.source_id, []).append((arrival, claim))

    def forget_skipped(self, source_id: str, arrival: int, window: str | None) -> None:
        """Let go of the claims of other passes, with ``window`` those of its refreshes only."""
        self.skipped[source_id] = [
            (other, claim)
            for other, claim in self.skipped.get(source_id, [])
            if other == arrival or window not in (None, claim.window)
        ]

    def keep_bad(self, source_id: str, records: Sequence[QuarantineRecord], now: datetime) -> None:
        """Put records into quarantine; one that is there already is counted once more."""
        for record in records:
            key = (source_id, record.locator)
            known = self.quarantine.get(key)
            row = QuarantineRow(
                source_id=source_id,
                locator=known.locator if known else record.locator,
                reason=record.reason,
                raw=record.raw[:RAW_LIMIT],
                first_seen=known.first_seen if known else now,
                attempts=known.attempts + 1 if known else 1,
            )
            self.quarantined_ids[key] = record.event_id
            left = self._left(source_id, record)
            if left is not None:
                self.scrub(key, row, left)
            elif known and key in self.scrubbed:
                self.quarantine[key] = replace(row, reason=known.reason, raw=known.raw)
            else:
                self.quarantine[key] = row

    def _left(self, source_id: str, record: QuarantineRecord) -> Scrubbed | None:
        """Give what is left of a bad record that names somebody erased."""
        if not self.erasures:
            return None
        held = self.rows.get(record.event_id or "")
        owner = self.erasures.of_pseudonym(held["actor_key"] if held else None, source_id)
        if owner is not None:
            return Scrubbed(pseudonym=owner.pseudonym, locator=record.locator)
        return scrub_known(self.erasures, source_id, record.locator, record.reason, record.raw)

    def scrub(self, key: tuple[str, str], row: QuarantineRow, left: Scrubbed) -> None:
        """Keep of a bad record what is left of it; the first whom it named is remembered."""
        self.quarantine[key] = replace(row, locator=left.locator, reason=left.reason, raw=left.raw)
        self.scrubbed.setdefault(key, left.pseudonym)

    def touch(self, source_id: str, windows: Iterable[str]) -> None:
        """Mark windows whose rows have changed where they are."""
        touched = _Touched()
        for window in windows:
            touched.move(window, window)
        self.mark(source_id, touched)

    def cover(self, home: Home, spans: Sequence[Coverage], now: datetime, only: str | None) -> None:
        """Note per window what the spans say; of two that touch a window the later wins.

        With ``only``, nothing is said of other windows.
        """
        first = datetime(home.start.year, home.start.month, home.start.day, tzinfo=UTC)
        begin, end = window_bounds(current_window(home.grain, now), home.grain)
        instant = timedelta(microseconds=1)
        for span in spans:  # what lies before the first window or after the current one is in it
            since = min(max(span.since or first, first), begin)
            until = max(min(span.until or end, end), since + instant)
            for window in window_range(home.grain, since, until):
                if only not in (None, window):
                    continue
                self.coverage[home.source_id, window] = WindowCoverage(
                    source_id=home.source_id,
                    window=window,
                    state=span.state,
                    reason=span.reason,
                    checked_at=now,
                )

    def forget(self, source_id: str) -> int:
        """Delete everything of a source and mark its windows for the lake."""
        gone = self.of_source(source_id)
        touched = _Touched()
        for row in gone:
            touched.move(row["window"], None)
            del self.rows[row["event_id"]], self.arrivals[row["event_id"]]
            self.versions.pop(row["event_id"], None)
            self.stood.pop(row["event_id"], None)
        for table in (
            self.coverage,
            self.quarantine,
            self.quarantined_ids,
            self.scrubbed,
            self.traffic,
        ):
            _drop(table, source_id)
        for consumer, marks in self.marks.items():
            if consumer != "lake":
                _drop(marks, source_id)
        for single in (self.homes, self.states, self.passes, self.skipped):
            single.pop(source_id, None)
        self.mark(source_id, touched, "lake")
        return len(gone)


class _Touched:
    """The windows a write touches, those that events moved away from apart."""

    def __init__(self) -> None:
        self._gained: set[str] = set()
        self._left: set[str] = set()

    def move(self, old: str | None, new: str | None) -> None:
        """Note one event's change from window ``old`` to ``new``."""
        if new is not None:
            self._gained.add(new)
        if old is not None and old != new:
            self._left.add(old)

    def windows(self) -> frozenset[str]:
        return frozenset(self._gained | self._left)

    def ordered(self) -> list[str]:
        # A reader of the lake may for a moment see a moved event twice, never not at all.
        return [*sorted(self._gained - self._left), *sorted(self._left)]


def _names(claim: CompleteScope, row: Row) -> bool:
    """Whether a claim speaks of a row by its subject and session."""
    session = row["session_id"]
    first, last = claim.sessions or (session, session)
    return (
        row["subject"].startswith(claim.subject or "")
        and first.encode() <= session.encode() <= last.encode()
        and session not in claim.but_sessions
    )


def _drop(table: dict[tuple[str, str], Any], source_id: str) -> None:
    for key in [key for key in table if key[0] == source_id]:
        del table[key]
