"""What ``--json`` prints, as types: the commands fill them, and ``docs/cli.md`` describes them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Self

from sources.errors import DaybookError
from sources.windows import Grain


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorAnswer:
    """What went wrong.

    Attributes:
        type: its name in the table of exit codes.
        message: what is wrong.
        remedy: what to do; may be empty.
    """

    type: str
    message: str
    remedy: str

    @classmethod
    def of(cls, error: DaybookError | None) -> Self | None:
        """Describe an error, if there is one."""
        return cls(**error.to_json()) if error else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeAnswer:
    """What came of one source.

    Attributes:
        source_id: which source.
        new: events stored for the first time.
        revised: events whose content changed, and withdrawn ones that came back.
        unchanged: events stored already just so.
        retracted: events withdrawn.
        quarantined: records that could not become events.
        windows: the windows in which anything changed, sorted.
        cursor: where the next sync goes on; null where none was moved.
        seconds: how long it took.
        error: why it ended early; null: it did not.
    """

    source_id: str
    new: int
    revised: int
    unchanged: int
    retracted: int
    quarantined: int
    windows: list[str]
    cursor: dict[str, Any] | None
    seconds: float
    error: ErrorAnswer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesAnswer:
    """What came of several sources.

    Attributes:
        sources: one for each, in the order of the configuration.
    """

    sources: list[OutcomeAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaAnswer:
    """What a service allows in an hour, and what of it a reading needs.

    Attributes:
        name: the service's own for it.
        needed: so much of it the reading takes.
        left: so much is left now.
        limit: so much there is in an hour.
        renewed: seconds until all of it is there again.
    """

    name: str
    needed: int
    left: int
    limit: int
    renewed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateAnswer:
    """What a reading of one source would take.

    Attributes:
        source_id: which source.
        requests: requests that count; null where the source does not know beforehand.
        seconds: all of it, waits for quotas included; null likewise.
        waiting: the waits in it; null likewise.
        quotas: what the requests are taken from; none where nobody counts.
        words: what else is to be known; may be empty.
        error: why it cannot be said; null: nothing went wrong.
    """

    source_id: str
    requests: int | None
    seconds: float | None
    waiting: float | None
    quotas: list[QuotaAnswer]
    words: str
    error: ErrorAnswer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatesAnswer:
    """What readings of several sources would take.

    Attributes:
        sources: one for each, in the order of the configuration.
    """

    sources: list[EstimateAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanAnswer:
    """How many events of a kind one span of time holds.

    Attributes:
        bucket: when the span begins.
        source_id: whose events.
        kind: which kind.
        events: how many.
    """

    bucket: datetime
    source_id: str
    kind: str
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAnswer:
    """The PostgreSQL server.

    Attributes:
        kind: the one that comes along, or another.
        running: whether it runs.
        pid: its process, if it is the embedded one.
        clients: connections to it, if it is the embedded one.
    """

    kind: Literal["embedded", "external"]
    running: bool
    pid: int | None
    clients: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatusAnswer:
    """What is held of one source, how fresh it is, and what waits.

    Attributes:
        source_id: which source.
        source_type: its type.
        configured: whether the configuration names it; null: it has a mistake.
        writer: who writes it now; null: nobody.
        grain: size of its windows; null where nothing is held.
        start: first day of its first window; null where nothing is held.
        live: events not withdrawn.
        retracted: events withdrawn.
        quarantined: records in quarantine.
        first: earliest occurred_at of a live event.
        last: latest one.
        dirty: windows that wait, for `announce` (Dagster) and `lake`.
        cursor: where the next sync goes on.
        epoch: the line of progress; another one begins with a person's cursor.
        synced_at: when progress was last written.
    """

    source_id: str
    source_type: str | None
    configured: bool | None
    writer: str | None
    grain: Grain | None = None
    start: date | None = None
    live: int = 0
    retracted: int = 0
    quarantined: int = 0
    first: datetime | None = None
    last: datetime | None = None
    dirty: dict[str, int]
    cursor: dict[str, Any] | None = None
    epoch: str | None = None
    synced_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAnswer:
    """What is held, and where.

    Attributes:
        home: the state directory.
        lake: the directory or URL of the lake, without secrets.
        server: the PostgreSQL server.
        search_ready: whether the search index is complete.
        sources: the configured ones, then those of which only events are held.
    """

    home: str
    lake: str
    server: ServerAnswer
    search_ready: bool
    sources: list[SourceStatusAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAnswer:
    """One configured source.

    Attributes:
        id: its id.
        type: its type.
        config: its settings.
        credentials: for each secret `env`, the name of its variable.
        grain: size of its windows.
        start: first day of its first window.
        every_seconds: least time between two looks of its sensor.
        refresh_windows: how many windows are read again each night.
        quarantine_share: share of bad records that still passes its check, 0 to 1.
        description: what the configuration says of it.
        owners: whose it is.
    """

    id: str
    type: str
    config: dict[str, Any]
    credentials: dict[str, dict[str, str]]
    grain: Grain
    start: date
    every_seconds: float
    refresh_windows: int
    quarantine_share: float
    description: str
    owners: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAnswer:
    """Whether a source can be read now.

    Attributes:
        source_id: which source.
        ok: whether it can.
        error: why not.
    """

    source_id: str
    ok: bool
    error: ErrorAnswer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaAnswer:
    """What a source type takes.

    Attributes:
        config: JSON schema of what stands under `config`.
        credentials: JSON schema of what stands under `credentials`.
    """

    config: dict[str, Any]
    credentials: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedAnswer:
    """What was removed.

    Attributes:
        source_id: which source.
        removed: how many events.
    """

    source_id: str
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnswer:
    r"""One record in quarantine.

    Attributes:
        source_id: whose.
        locator: where the record is, in the source's own terms.
        reason: why it is no event.
        raw: its first bytes as text; what is no UTF-8 as `\xff`.
        first_seen: when it came first.
        attempts: how often it was read since.
    """

    source_id: str
    locator: str
    reason: str
    raw: str
    first_seen: datetime
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedAnswer:
    """What was erased, or with `--dry-run` would be.

    Attributes:
        pseudonym: what stands in the rows in the key's place; null where it has none yet.
        source_id: the one source; null: all.
        events: events, withdrawn ones too.
        revisions: earlier contents of events.
        quarantined: records in quarantine.
        files: files of the lake that were drawn anew.
        kept: what is not erased, in words.
    """

    pseudonym: str | None
    source_id: str | None
    events: int
    revisions: int
    quarantined: int
    files: int
    kept: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureAnswer:
    """One person whose text is kept out.

    Attributes:
        pseudonym: what stands in the rows; the key itself is not kept.
        source_id: in which source; null: in all.
        erased_at: when it was asked for.
        finished_at: when everything held was blank; null: it was interrupted.
    """

    pseudonym: str
    source_id: str | None
    erased_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftedAnswer:
    """What is no longer kept out.

    Attributes:
        lifted: how many erasures.
    """

    lifted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupAnswer:
    """What was written.

    Attributes:
        file: its path.
        bytes: its size.
    """

    file: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredAnswer:
    """What was put back.

    Attributes:
        restored: how many events, for each source.
    """

    restored: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedAnswer:
    """What became of the server.

    Attributes:
        stopped: whether it ran until now.
    """

    stopped: bool
