"""What has been read and not been given yet."""

from collections.abc import Collection, Sequence

from sources.batch import CompleteScope, Coverage, EventBatch, QuarantineRecord, batch_table
from sources.event import EpisodicEvent
from sources.slack.export.cursor import Position


class Pile:
    """Gathers events and bad records, and makes batches of them.

    Args:
        position: holds once a batch is stored that was made then.
        size: events of a batch.
        whole: whether batches have a cursor; those of a window have none.
        total: bytes that are to be read.
    """

    def __init__(self, position: Position, *, size: int, whole: bool, total: int) -> None:
        self._position = position
        self._size = size
        self._whole = whole
        self._total = total
        self._passed = 0
        self._taken = 0
        self._events: list[EpisodicEvent] = []
        self._bad: list[QuarantineRecord] = []
        self._gone: list[str] = []

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self._events or self._bad or self._gone)

    @property
    def full(self) -> bool:
        """Whether it is time for a batch."""
        return len(self._events) + len(self._bad) + len(self._gone) >= self._size

    def add(self, made: EpisodicEvent | QuarantineRecord) -> None:
        """Take what became of a message."""
        self._taken += 1
        if isinstance(made, EpisodicEvent):
            self._events.append(made)
        else:
            self._bad.append(made)

    def withdraw(self, event_ids: Collection[str]) -> int:
        """Take the ids of events that are gone; give how many of them wait here, and drop those."""
        if not event_ids:
            return 0
        self._gone += event_ids
        waiting = len(self._events)
        self._events = [event for event in self._events if event.event_id not in event_ids]
        return waiting - len(self._events)

    def passed(self, size: int) -> None:
        """Count bytes that have been read, or need not be."""
        self._passed += size

    def batch(
        self, complete: Sequence[CompleteScope] = (), coverage: Sequence[Coverage] = ()
    ) -> EventBatch:
        """Give all that is in it, and be empty."""
        events, self._events = self._events, []
        bad, self._bad = self._bad, []
        gone, self._gone = self._gone, []
        return EventBatch(
            events=batch_table(events),
            cursor=self._position.to_cursor() if self._whole else None,
            retracted=tuple(gone),
            quarantined=tuple(bad),
            complete=tuple(complete),
            coverage=tuple(coverage),
            remaining=self._remaining(),
            estimated=True,
        )

    def _remaining(self) -> int | None:
        """Judge by the bytes how many messages are to come."""
        if not self._passed:
            return None
        return self._taken * max(self._total - self._passed, 0) // self._passed
