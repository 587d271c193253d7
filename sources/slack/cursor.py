"""What of each channel has been given: JSON in, checked values out, and back.

A channel is known by its id. What is kept of it does not grow with what was said in it: a digest a
day since the last sweep, a sum a month before it, and what is being read just now.
"""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from sources.batch import Cursor
from sources.cursors import invalid_cursor, read_cursor
from sources.slack.moments import after

VERSION: Final = 1
SEED_KEY: Final = "latest_timestamp"


class Strict(BaseModel):
    """Takes what it knows, and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Day(Strict):
    """What a day of a channel was when it was last read.

    Attributes:
        d: digest of its events; empty: not to be compared.
        g: digest of its messages at a glance, without anybody's name.
        n: replies in all threads that began on it.
        t: time of the newest of them.
    """

    d: str = ""
    g: str = ""
    n: int = 0
    t: str = ""


class Span(Strict):
    """A part of a channel's history that is to be read with all of its threads.

    Attributes:
        low: its first moment; empty: the channel's beginning.
        high: the first one behind it; moves down, as the newest is given first.
        counts: whether the replies to it are counted here for the first time.
    """

    low: str = ""
    high: str
    counts: bool = False


class Thread(Strict):
    """A thread that is to be read.

    Attributes:
        ts: time of its first message.
        key: day or month to whose sum of replies it is held; empty: to none.
        known: replies up to this time were counted there.
        upto: replies up to this time are counted by now; empty: all of them.
        after: replies up to this time are given.
        part: whether only what is newer than ``known`` is read.
    """

    ts: str
    key: str = ""
    known: str = ""
    upto: str = ""
    after: str = ""
    part: bool = False


class Sweep(Strict):
    """A look through all of a channel's history that is under way.

    Attributes:
        at: what is older is still to be looked at.
        top: where it began; what was newer was looked at by every reading.
        began: when.
        months: replies by the month of their thread, as far as they were counted.
        newest: time of the newest of them.
    """

    at: str
    top: str
    began: str
    months: dict[str, int] = Field(default_factory=dict)
    newest: str = ""


class Place(Strict):
    """One channel.

    Attributes:
        name: as it was called when it was read last.
        asked: as it was called when it was first asked for by its name; empty: it was not.
        floor: its first moment that is asked for; empty: its beginning.
        made: digest of the event of its creation.
        until: when its newest messages were last read to the end of the time that is looked back.
        days: by date, back to where the last sweep began.
        spans: what is still to be read.
        threads: what is still to be read.
        owed: by day or month, replies that were counted there and are not met again yet.
        months: replies by the month of their thread, of threads that the last sweep counted.
        below: threads before that moment are counted in the months, later ones in the days.
        newest: time of the newest reply that was counted in the months.
        swept: when the last sweep began.
        sweep: the one under way.
        gone: why it cannot be read any more; ``None``: it can.
        closed: whether all of it was read since it was archived.
    """

    name: str
    asked: str = ""
    floor: str = ""
    made: str = ""
    until: str = ""
    days: dict[str, Day] = Field(default_factory=dict)
    spans: list[Span] = Field(default_factory=list)
    threads: list[Thread] = Field(default_factory=list)
    owed: dict[str, int] = Field(default_factory=dict)
    months: dict[str, int] = Field(default_factory=dict)
    below: str = ""
    newest: str = ""
    swept: str = ""
    sweep: Sweep | None = None
    gone: str | None = None
    closed: bool = False

    @property
    def open(self) -> bool:
        """Whether something is still to be read."""
        return bool(self.spans or self.threads or self.sweep)


class Position(Strict):
    """All that a pass needs to go on.

    Attributes:
        v: version of this form.
        full: whether a full pass is under way.
        team: id of the workspace.
        channels: by id.
        start: where to begin in channels that have no place yet, until a full pass has ended.
    """

    v: int = VERSION
    full: bool = False
    team: str = ""
    channels: dict[str, Place] = Field(default_factory=dict)
    start: str = ""

    def to_cursor(self, channels: dict[str, Any] | None = None) -> Cursor:
        """The position as JSON; with ``channels``, which are JSON already, in the place of its own.

        Where there are thousands of them, each batch need not write out all of them anew.
        """
        if channels is None:
            return self.model_dump(exclude_defaults=True) | {"v": self.v}
        others = self.model_dump(exclude_defaults=True, exclude={"channels"})
        return others | {"v": self.v, "channels": dict(channels)}


def parse_cursor(cursor: Cursor | None, source_id: str) -> Position | None:
    """Read a cursor: one of ours, or ``latest_timestamp``.

    Raises:
        CursorInvalidError: neither.
    """
    if cursor is None:
        return None
    data: dict[str, Any] = cursor
    if "v" not in cursor and SEED_KEY in cursor:
        data = {"start": _read_seed(cursor[SEED_KEY], source_id)}
    return read_cursor(
        Position,
        data,
        version=VERSION,
        source_id=source_id,
        refusal="this is no cursor of a slack source",
    )


def _read_seed(value: Any, source_id: str) -> str:
    """Read ``latest_timestamp``: a message's time, after which to go on; ``None``: from nothing."""
    if value is None:
        return ""
    try:
        return after(str(value))
    except ValueError as error:
        raise invalid_cursor(source_id, f"{SEED_KEY}: {error}") from None
