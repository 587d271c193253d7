"""What a store says: what a write did, where a source stands, what waits to be done."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Self

from sources.batch import Cursor
from sources.errors import ConfigError
from sources.windows import Grain, window_bounds

Consumer = Literal["announce", "lake"]
"""Who is told about touched windows: Dagster's materialisation events, and the lake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteReport:
    """What became of the records of a write, or of several added up.

    Attributes:
        new: events stored for the first time.
        revised: events whose content changed, and withdrawn events that came back.
        unchanged: events stored already just so.
        retracted: events withdrawn.
        quarantined: records that could not become events.
        windows: the windows in which anything changed.
        skipped_claims: completeness claims not honoured, because too much would have vanished.
    """

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    retracted: int = 0
    quarantined: int = 0
    windows: frozenset[str] = frozenset()
    skipped_claims: tuple[str, ...] = ()

    def __add__(self, other: Self) -> "WriteReport":
        """Both together."""
        return WriteReport(
            new=self.new + other.new,
            revised=self.revised + other.revised,
            unchanged=self.unchanged + other.unchanged,
            retracted=self.retracted + other.retracted,
            quarantined=self.quarantined + other.quarantined,
            windows=self.windows | other.windows,
            skipped_claims=self.skipped_claims + other.skipped_claims,
        )

    @property
    def received(self) -> int:
        """How many events came in."""
        return self.new + self.revised + self.unchanged

    def to_json(self) -> dict[str, Any]:
        """The counts and the sorted windows."""
        return {
            "new": self.new,
            "revised": self.revised,
            "unchanged": self.unchanged,
            "retracted": self.retracted,
            "quarantined": self.quarantined,
            "windows": sorted(self.windows),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRequest:
    """Who wants to write what.

    Attributes:
        source_id: the source; one writer at a time.
        source_type: its type.
        kind: ``sync`` goes on from the progress row and moves it; ``refresh`` does neither.
        grain: size of the source's windows.
        start: first day of its first window, UTC.
        fingerprint: digest of all settings that shape its events.
        configured_at: when this process's configuration was written; an older one than the
            progress row's, with another fingerprint, is refused. ``None``: not known, accepted.
        epoch: the line of progress to follow; ``None``: the progress row's own.
        start_cursor: where a new epoch begins; only heeded with a new ``epoch``, and a row.
        window: the one window a refresh reads; ``None``: a refresh of single records.
        max_vanishing: the share of a scope that an inferred claim may retract, 0 to 1.
        accept_retractions: honour inferred claims whatever their share.
        lasting: the source can give again what it gave once; if not, what a full pass under
            another configuration does not meet stays.

    Raises:
        ConfigError: a window is named for a sync, or one of another grain.
    """

    source_id: str
    source_type: str
    kind: Literal["sync", "refresh"] = "sync"
    grain: Grain = "month"
    start: date = date(2000, 1, 1)
    fingerprint: str = ""
    configured_at: datetime | None = None
    epoch: str | None = None
    start_cursor: Cursor | None = None
    window: str | None = None
    max_vanishing: float = 0.05
    accept_retractions: bool = False
    lasting: bool = True

    def __post_init__(self) -> None:
        """Refuse a window that this pass could not read."""
        if self.window is None:
            return
        if self.kind != "refresh":
            raise ConfigError(
                f"{self.source_id}: a sync reads all windows, not {self.window!r} alone",
                remedy="Refresh the window",
            )
        window_bounds(self.window, self.grain)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """The progress row of one source.

    Attributes:
        source_id: whose.
        epoch: the line of progress, a UUID; a person's edit begins a new one.
        cursor: what has been stored; ``None``: nothing, or a source without a cursor.
        pass_id: the full pass under way; ``None``: none is.
        fingerprint: of the configuration the rows were read with.
        configured_at: when that configuration was written.
        version: counts the writes; the fence against a writer that lost its lock.
        updated_at: of the last write, UTC.
    """

    source_id: str
    epoch: str
    cursor: Cursor | None
    pass_id: str | None
    fingerprint: str
    configured_at: datetime | None
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """How the windows of a source are cut in the store.

    Attributes:
        source_id: whose.
        source_type: its type.
        grain: size of its windows.
        start: first day of its first window.
    """

    source_id: str
    source_type: str
    grain: Grain
    start: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSource:
    """A source that the store holds events of, with counts for ``daybook status``.

    Attributes:
        source_id: whose.
        source_type: its type.
        grain: size of its windows.
        start: first day of its first window.
        live: events not withdrawn.
        retracted: events withdrawn.
        quarantined: records in quarantine.
        first: earliest ``occurred_at`` of a live event, UTC.
        last: latest one.
        dirty: windows that wait, per consumer.
        state: the progress row, if there is one.
    """

    source_id: str
    source_type: str
    grain: Grain
    start: date
    live: int = 0
    retracted: int = 0
    quarantined: int = 0
    first: datetime | None = None
    last: datetime | None = None
    dirty: dict[str, int] = field(default_factory=dict)
    state: SourceState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirtyWindow:
    """A window that a consumer has not caught up with.

    Attributes:
        source_id: whose.
        window: which.
        mark: a sequence value; clearing works only while it is still the same.
    """

    source_id: str
    window: str
    mark: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCoverage:
    """How much of a window is held: ``whole``, ``partial`` or ``missing``, and why."""

    source_id: str
    window: str
    state: str
    reason: str | None
    checked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Between which moments an event was withdrawn.

    Attributes:
        event_id: which.
        after: it was there until then, UTC; ``None``: nobody knows.
        by: it was gone then, UTC.
    """

    event_id: str
    after: datetime | None
    by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedClaim:
    """What a source no longer gave, and too much of it to be withdrawn unasked.

    Attributes:
        source_id: whose.
        window: the one that was refreshed; ``None``: all was read from the beginning.
        words: what would have vanished.
        skipped_at: when, UTC.
    """

    source_id: str
    window: str | None
    words: str
    skipped_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """One record in quarantine.

    Attributes:
        source_id: whose.
        locator: where the record is, in the source's own terms.
        reason: why it is no event.
        raw: the first bytes of it.
        first_seen: when it came first, UTC.
        attempts: how often it was read since.
    """

    source_id: str
    locator: str
    reason: str
    raw: bytes
    first_seen: datetime
    attempts: int
