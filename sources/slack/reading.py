"""What a channel is read with, and the pieces that are given."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sources.batch import CompleteScope, QuarantineRecord
from sources.event import EpisodicEvent
from sources.slack.calls import MOST, Web, next_cursor
from sources.slack.config import SlackConfig
from sources.slack.faults import LOST, odd
from sources.slack.kinds import REPLY
from sources.slack.messages import MALFORMED, Shape, id_of, is_gone, kind_of, make_event
from sources.slack.moments import micros, stamp, write
from sources.slack.names import Channel, Names, Payload
from sources.span import Span

REPLIES: Final = 200
"""Replies of a page: long threads fail with larger ones."""

Page = tuple[list[Any], bool]
"""Messages, newest first, and whether they are the last."""

END: Final = "9999999999.999999"
"""Later than any message. With it pages go from the newest on, whatever else is asked for."""


class ClosedError(Exception):
    """The channel cannot be read any more."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The first message of a thread.

    Attributes:
        ts: its time.
        key: the same as the service writes it.
        replies: how many there are.
        newest: time of the newest; where that is not told, later than any.
    """

    ts: int
    key: str
    replies: int
    newest: int

    @property
    def told(self) -> int:
        """Time of the newest reply as far as it is told; none where it is not."""
        return self.newest if self.newest < micros(END) else 0


@dataclass(slots=True, kw_only=True)
class Piece:
    """What became of a few messages.

    Attributes:
        events: oldest first.
        bad: messages that could not become events.
        retracted: ids of events that the channel says are gone.
        complete: scopes of which this piece has all there is.
        standing: when what this piece says is gone was there for certain.
    """

    events: list[EpisodicEvent] = field(default_factory=list)
    bad: list[QuarantineRecord] = field(default_factory=list)
    retracted: list[str] = field(default_factory=list)
    complete: list[CompleteScope] = field(default_factory=list)
    standing: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """When a channel was read before, so that what was in it was there.

    Attributes:
        recent: its newest days.
        swept: what lies behind them.
        below: where they part.
    """

    recent: datetime | None = None
    swept: datetime | None = None
    below: int = 0

    def of(self, ts: int) -> datetime | None:
        """Say when what was said at a time, or in its thread, was there for certain."""
        return self.recent if ts >= self.below else self.swept


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads one channel.

    Attributes:
        web: calls the API.
        config: the source's settings.
        channel: the channel.
        names: of people and channels.
        shape: what shapes events.
        span: the moments asked for; ``None``: all.
        standing: when the channel was read before.
        skip: told of each message that is left out.
    """

    web: Web
    config: SlackConfig
    channel: Channel
    names: Names
    shape: Shape
    span: Span | None = None
    standing: Standing = field(default_factory=Standing)
    skip: Callable[[], None] = lambda: None

    def history(self, low: str, high: str) -> Generator[Page, None, None]:
        """Give what the channel itself shows from ``low`` until before ``high``, newest first.

        Returns:
            Of each page the messages, newest first, and whether it is the last.

        Raises:
            ClosedError: the channel cannot be read any more.
            DaybookError: no answer.
        """
        params = {
            "channel": self.channel.id,
            "oldest": low or "0",
            "latest": high,
            "inclusive": "true",
            "limit": MOST,
        }
        following, begin = high, micros(low) if low else 0
        while following:
            end, following = micros(following), ""
            for found in self.pages("conversations.history", params):
                if not found["ok"]:
                    raise odd(self.web.source_id, f"conversations.history of #{self.channel.name}")
                self.web.note_page(found, MOST)
                listed = [item for item in found["messages"] if _is_between(item, begin, end)]
                following = oldest(listed) if _goes_on(found) else ""
                last = not following and not next_cursor(found)
                yield sorted(listed, key=order, reverse=True), last
            params["latest"] = write(micros(following) - 1) if following else ""

    def replies(
        self, thread: str, after: str, until: str = ""
    ) -> Generator[tuple[Sequence[Any], bool], None, None]:
        """Give the pages of a thread's replies behind ``after``, oldest first.

        Returns:
            Of each page the replies, and whether it is the last.

        Raises:
            ClosedError: the channel cannot be read any more.
            DaybookError: no answer.
        """
        params = {
            "channel": self.channel.id,
            "ts": thread,
            "oldest": after or None,
            "latest": until or None,
            "limit": REPLIES,
        }
        following, more = after, True
        while more:
            more, begin = False, following
            for found in self.pages("conversations.replies", params):
                listed = found["messages"] if found["ok"] else []  # else it was deleted since
                replies = [item for item in listed if _is_behind(item, thread, begin)]
                following = newest(replies)
                more = bool(following) and _goes_on(found)
                yield replies, not more and not next_cursor(found)
            params["oldest"] = following

    def pages(self, method: str, params: dict[str, Any]) -> Generator[dict[str, Any], None, None]:
        """Give a list of messages page by page; ``ok`` is false where a thread is not there.

        Raises:
            ClosedError: the channel cannot be read any more.
            DaybookError: no answer.
        """
        about = f"#{self.channel.name}"
        lacking = (*LOST, "thread_not_found")
        for found in self.web.pages(method, "messages", params, lacking=lacking, about=about):
            if not found["ok"] and found["error"] in LOST:
                raise ClosedError(found["error"])
            yield found

    def convert(self, messages: Iterable[Any], fits: Callable[[EpisodicEvent], bool]) -> Piece:
        """Make the events of some messages, oldest first.

        Args:
            messages: as the service lists them.
            fits: whether an event belongs to what is read here.
        """
        piece = Piece()
        for message in sorted(messages, key=order):
            made = make_event(self.channel, message, self.names, self.shape)
            if isinstance(made, QuarantineRecord):
                piece.bad.append(made)
            elif made is None:
                self.skip()
                piece.retracted += self._stone(message)
            elif fits(made) and self.is_asked(made.occurred_at):
                piece.events.append(made)
            else:
                self.skip()
        return piece

    def _stone(self, message: Payload) -> list[str]:
        """Name the event of a message that was deleted, if only its stone stands there."""
        if not is_gone(message):
            return []
        kind = kind_of({**message, "subtype": None})
        return [id_of(self.shape.source_id, kind, self.channel.id, str(message["ts"]))]

    def is_asked(self, at: datetime) -> bool:
        """Whether what happened then is asked for."""
        start, end = self.span or (None, None)
        floor = max((t for t in (start, self.config.since) if t is not None), default=None)
        return (floor is None or at >= floor) and (end is None or at < end)

    def shows(self, event: EpisodicEvent) -> bool:
        """Whether an event of the channel's own list is given with it; replies are with threads.

        One that was sent to the channel too is given here if nothing reads its thread.
        """
        if event.kind != REPLY or not self.config.threads:
            return True
        since = self.config.since
        return since is not None and order({"ts": event.attributes["thread"]}) < micros(
            stamp(since)
        )

    def parents(self, messages: Iterable[Any]) -> list[Parent]:
        """Find the first messages of threads, oldest first."""
        if not self.config.threads:
            return []
        found = (_parent(message) for message in sorted(messages, key=order))
        return [parent for parent in found if parent is not None]


def in_thread(event: EpisodicEvent) -> bool:
    """Whether a thread has an event."""
    return event.kind == REPLY


def order(message: Any) -> int:
    """Give a message's time in microseconds, to sort by; less than nothing where it has none."""
    try:
        return micros(message["ts"])
    except MALFORMED:
        return -1


def newest(messages: Iterable[Any]) -> str:
    """Give the time of the newest message; empty: none has one."""
    latest = max(messages, key=order, default=None)
    return "" if latest is None or order(latest) < 0 else str(latest["ts"])


def oldest(messages: Iterable[Any]) -> str:
    """Give the time of the oldest message; empty: none has one."""
    timed = [message for message in messages if order(message) >= 0]
    return str(min(timed, key=order)["ts"]) if timed else ""


def _parent(message: Any) -> Parent | None:
    try:
        ts, replies = micros(message["ts"]), int(message.get("reply_count") or 0)
        if not replies or message.get("thread_ts") not in (None, message["ts"]):
            return None
        told = message.get("latest_reply") or newest(message.get("replies") or ())
        return Parent(ts=ts, key=message["ts"], replies=replies, newest=micros(told or END))
    except MALFORMED:
        return None


def _goes_on(found: Payload) -> bool:
    """Whether a list goes on though no cursor says where: behind the last message then."""
    return found.get("has_more") is True and not next_cursor(found)


def _is_between(message: Any, low: int, high: int) -> bool:
    """Whether it was said in a span of time, or nobody knows when."""
    place = order(message)
    return place < 0 or low <= place < high


def _is_behind(message: Any, thread: str, after: str) -> bool:
    """Whether it is a reply that was not given; lists begin with the thread's first message."""
    place = order(message)
    if place < 0:
        return True
    return place != micros(thread) and (not after or place > micros(after))
