"""One message of an export at a time: asked for or not, understood or not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sources.batch import QuarantineRecord
from sources.event import EpisodicEvent
from sources.slack.export.changes import is_stone, is_told_elsewhere, kinds_of_stone, unwrap
from sources.slack.export.days import Look
from sources.slack.export.spans import Limits, Stretch, read_ts, widen, within
from sources.slack.export.unread import Unread
from sources.slack.messages import Shape, id_of, is_reply, make_event
from sources.slack.names import Channel, Names, Payload

_BROADCAST: Final = "thread_broadcast"

_LAST: Final = 10**17
"""After anything that a calendar has, in microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What exports are read with.

    Attributes:
        shape: how messages become events.
        chosen: whether a conversation is asked for.
        batch: events of a batch.
        threads: whether replies are.
        limits: the moments asked for.
        skip: told of each message that was not asked for, or that a newer export tells.
    """

    shape: Shape
    chosen: Callable[[Payload], bool]
    batch: int
    threads: bool = True
    limits: Limits = field(default_factory=Limits)
    skip: Callable[[], None] = lambda: None

    @property
    def source_id(self) -> str:
        """The configured source."""
        return self.shape.source_id


class DayReader:
    """Reads the messages of one day of a conversation.

    Of several with one time the one is given that was edited last, else the last: archives that
    were put together tell a message again when it changes. None is given that was deleted. A copy
    that cannot be understood stands behind every one that can: it is quarantined beside it.

    Attributes:
        edge: the times of the first message and the last one so far.
        stones: times of messages of which it says that they were deleted.
        locator: names the day in quarantine.
    """

    def __init__(
        self,
        reader: Reader,
        channel: Channel,
        names: Names,
        newer: list[Stretch],
        gone: set[int],
        unread: Unread,
        *,
        day: str,
    ) -> None:
        """Begin a day.

        Args:
            reader: what exports are read with.
            channel: the conversation.
            names: of people and channels.
            newer: stretches that newer exports tell.
            gone: times of its messages that are known to be deleted; more are added.
            unread: those that nobody could understand in newer exports; those that can be
                understood here are taken out, and those that cannot are added.
            day: by the file's name.
        """
        self.edge: Stretch | None = None
        self.stones: set[int] = set()
        self._reader = reader
        self._channel = channel
        self._names = names
        self._newer = newer
        self._gone = gone
        self._unread = unread
        self.locator = f"{channel.id}/{day}"
        self._bounds = reader.limits.bounds()
        self._best: dict[int, int] = {}
        self._edited: dict[int, int] = {}
        self._several: set[int] = set()
        self._understood: set[int] = set()
        self._strange: dict[int, int] = {}

    def looks(self) -> Iterator[Look]:
        """Look at all records before any is given; again where there are copies of a message."""
        yield self._look
        if self._several:
            yield self._judge

    def is_spare(self, index: int) -> bool:
        """Whether it is a copy that cannot be understood of a message of which one can."""
        return self._strange.get(index) in self._understood

    def _look(self, index: int, record: Any) -> None:
        message = unwrap(record)
        time = None if is_told_elsewhere(record) else read_ts(message)
        if time is not None:
            if time in self._best:
                self._several.add(time)
            if is_stone(message):
                self.stones.add(time)
                self._gone.add(time)
            self._choose(time, index, message)

    def _judge(self, index: int, record: Any) -> None:
        """Choose among the copies of a message those that can be understood."""
        message = unwrap(record)
        time = None if is_told_elsewhere(record) else read_ts(message)
        if time is None or time not in self._several:
            return
        if isinstance(self._make(record), QuarantineRecord):
            self._strange[index] = time
            return
        if time not in self._understood:
            self._understood.add(time)
            self._edited.pop(time, None)
        self._choose(time, index, message)

    def _choose(self, time: int, index: int, message: Payload) -> None:
        """Choose a copy before those that were edited earlier, and those before it."""
        edited, known = read_ts(message.get("edited")) or 0, self._edited.get(time, 0)
        if is_stone(message):
            edited = _LAST
        if edited >= known:
            self._best[time] = index
        if edited > known:
            self._edited[time] = edited

    def note(self, index: int, record: Any) -> bool:
        """Take note of a record; whether it is asked for, and the best of its message's time."""
        message, written = unwrap(record), read_ts(record)
        if written is not None:
            self.edge = widen(self.edge, written)
        if is_told_elsewhere(record):
            return False
        time = read_ts(message)
        if time is None:
            return True
        low, high = self._bounds
        return (
            (self._best.get(time, index) == index or self.is_spare(index))
            and (time not in self._gone or is_stone(message))
            and time >= low
            and (high is None or time < high)
            and (not within(self._newer, time) or time in self._unread)
            and (self._reader.threads or not is_reply(message) or _is_broadcast(message))
        )

    def make(self, index: int, record: Any) -> EpisodicEvent | QuarantineRecord | None:
        """Make a message's event; what has no name of its own is called by its place."""
        made = self._make(record)
        if isinstance(made, QuarantineRecord) and (made.event_id is None or self.is_spare(index)):
            return replace(made, locator=f"{self.locator}:{index}", event_id=None)
        return self._note_unread(read_ts(unwrap(record)), made)

    def _note_unread(
        self, time: int | None, made: EpisodicEvent | QuarantineRecord | None
    ) -> EpisodicEvent | QuarantineRecord | None:
        """Note whether a message can be understood; of those that cannot the newest is kept."""
        if time is None:
            return made
        if not isinstance(made, QuarantineRecord):
            self._unread.discard(time)
        elif time in self._unread:
            return None
        else:
            self._unread.add(time)
        return made

    def _make(self, record: Any) -> EpisodicEvent | QuarantineRecord | None:
        message = _as_api(unwrap(record))
        return make_event(self._channel, message, self._names, self._reader.shape)

    def withdrawn(self, record: Any) -> list[str]:
        """Name the events that a message may have been which was deleted."""
        message = unwrap(record)
        if not is_stone(message):
            return []
        source, channel = self._reader.source_id, self._channel.id
        return [id_of(source, kind, channel, message["ts"]) for kind in kinds_of_stone(message)]


def _is_broadcast(record: Payload) -> bool:
    return record.get("subtype") == _BROADCAST


def _as_api(record: Any) -> Any:
    """Tell a message as the API would, which names no workspace of a writer but another one."""
    if not isinstance(record, dict) or record.get("user_team") != record.get("team"):
        return record
    return {key: value for key, value in record.items() if key != "user_team"}
