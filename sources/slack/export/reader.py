"""One message of an export at a time: asked for or not, understood or not."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sources.batch import QuarantineRecord
from sources.event import EpisodicEvent
from sources.slack.export.spans import Limits, Stretch, read_ts, widen, within
from sources.slack.messages import Shape, id_of, is_gone, is_reply, kind_of, make_event
from sources.slack.names import Channel, Names, Payload

_BROADCAST: Final = "thread_broadcast"


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
    were put together tell a message again when it changes.

    Attributes:
        edge: the times of the first message and the last one so far.
        locator: names the day in quarantine.
    """

    def __init__(
        self, reader: Reader, channel: Channel, names: Names, newer: list[Stretch], day: str
    ) -> None:
        self.edge: Stretch | None = None
        self._reader = reader
        self._channel = channel
        self._names = names
        self._newer = newer
        self.locator = f"{channel.id}/{day}"
        self._bounds = reader.limits.bounds()
        self._looked_at = 0
        self._best: dict[int, int] = {}
        self._edited: dict[int, int] = {}

    def look(self, record: Any) -> None:
        """Look at a message before any is given."""
        time = read_ts(record)
        if time is not None:
            edited, known = read_ts(record.get("edited")) or 0, self._edited.get(time, 0)
            if edited >= known:
                self._best[time] = self._looked_at
            if edited > known:
                self._edited[time] = edited
        self._looked_at += 1

    def note(self, index: int, record: Any) -> bool:
        """Take note of a message; whether it is the best of its time and asked for."""
        time = read_ts(record)
        if time is None:
            return True
        self.edge = widen(self.edge, time)
        low, high = self._bounds
        return (
            self._best[time] == index
            and time >= low
            and (high is None or time < high)
            and not within(self._newer, time)
            and (self._reader.threads or not is_reply(record) or _is_broadcast(record))
        )

    def make(self, index: int, record: Any) -> EpisodicEvent | QuarantineRecord | None:
        """Make a message's event; what has no name of its own is called by its place."""
        made = make_event(self._channel, _as_api(record), self._names, self._reader.shape)
        if isinstance(made, QuarantineRecord) and made.event_id is None:
            return replace(made, locator=f"{self.locator}:{index}")
        return made

    def withdrawn(self, record: Any) -> str | None:
        """Name the event of a message that was deleted, if only its stone stands there."""
        if not (isinstance(record, dict) and is_gone(record)) or read_ts(record) is None:
            return None
        kind = kind_of({**record, "subtype": None})
        return id_of(self._reader.source_id, kind, self._channel.id, record["ts"])


def _is_broadcast(record: Payload) -> bool:
    return record.get("subtype") == _BROADCAST


def _as_api(record: Any) -> Any:
    """Tell a message as the API would, which names no workspace of a writer but another one."""
    if not isinstance(record, dict) or record.get("user_team") != record.get("team"):
        return record
    return {key: value for key, value in record.items() if key != "user_team"}
