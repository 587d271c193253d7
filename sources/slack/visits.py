"""One channel's turn in a pass."""

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

from sources.event import EpisodicEvent
from sources.slack.calls import Web
from sources.slack.channels import Finder
from sources.slack.claims import everything
from sources.slack.config import SlackConfig
from sources.slack.cursor import Place, Position, Span
from sources.slack.history import FirstLook, Slices, begin_sweep, read_spans, read_sweep
from sources.slack.lifecycle import call_channel, created, gone
from sources.slack.messages import Shape
from sources.slack.moments import count_of, moment, stamp
from sources.slack.names import Channel, Names, Payload
from sources.slack.reading import ClosedError, Piece, Reader, Standing
from sources.slack.recent import digest_of, read_recent
from sources.slack.threads import read_threads, settle_debts
from sources.span import Span as TimeSpan

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a reading of a workspace has at hand.

    Attributes:
        web: calls the API.
        config: the source's settings.
        shape: what shapes events.
        names: of people and channels.
        finder: has found the channels.
        low: the beginning of the days that this reading looks at.
        span: the moments asked for; ``None``: all.
        skip: told of each message that is left out.
    """

    web: Web
    config: SlackConfig
    shape: Shape
    names: Names
    finder: Finder
    low: str
    span: TimeSpan | None = None
    skip: Callable[[], None] = lambda: None

    def reader(self, channel: Channel) -> Reader:
        """Make what reads a channel."""
        return Reader(
            web=self.web,
            config=self.config,
            channel=channel,
            names=self.names,
            shape=self.shape,
            span=self.span,
            skip=self.skip,
        )


def place_of(setting: Setting, position: Position, key: str, record: Payload) -> Place:
    """Find where a channel stands, and have read what was not looked at since."""
    channel, low = call_channel(record, setting.names), setting.low
    place = position.channels.get(key)
    if place is None:
        since = setting.config.since
        floor = max(stamp(since) if since else "", position.start, key=count_of)
        place = position.channels[key] = Place(
            name=channel.name,
            asked=setting.finder.asked.get(key, ""),
            floor=floor,
            below=max(low, floor, key=count_of),
            until=max(low, floor, key=count_of),
            swept=stamp(setting.web.now),
        )
        if count_of(floor) < count_of(low):
            place.spans.append(Span(low=floor, high=low, counts=True))
    place.name, place.gone = channel.name, None
    if count_of(place.until) < count_of(low):
        place.spans.append(Span(low=place.until, high=low, counts=True))
        place.until = low
    return place


class Visit:
    """One channel's turn in a pass."""

    def __init__(
        self,
        setting: Setting,
        place: Place,
        record: Payload,
        slices: Slices,
        *,
        full: bool = False,
        first: bool = False,
    ) -> None:
        self._setting = setting
        self._full = full
        self._first = first
        self._place = place
        self._record = record
        self._slices = slices
        self._channel = call_channel(record, setting.names)
        self._reader = replace(
            setting.reader(self._channel),
            standing=Standing(
                recent=moment(place.until),
                swept=moment(place.swept),
                below=count_of(place.below),
            ),
        )

    def read(self) -> Generator[Piece, None, None]:
        """Give what is new in the channel, or that it cannot be read any more."""
        if self._is_closed():
            return
        try:
            yield from self._read_created()
            yield from self._read_messages()
        except ClosedError as error:
            yield close(self._setting, self._channel, self._place, error.error)
        else:
            self._place.closed = bool(self._record.get("is_archived"))

    def _is_closed(self) -> bool:
        """Whether nothing can be new in it: it was read to its end after it was archived."""
        return is_closed(self._place, self._record) and not self._is_due()

    def _is_due(self) -> bool:
        """Whether all of its history is to be looked through, and may be now."""
        return self._slices.left > 0 and is_due(self._setting, self._place)

    def _read_created(self) -> Generator[Piece, None, None]:
        setting = self._setting
        event = created(self._channel, self._record, setting.names, setting.shape)
        piece = Piece(events=[event] if event is not None and _is_asked(setting, event) else [])
        digest = digest_of(piece)
        if piece.events and digest != self._place.made:
            self._place.made = digest
            yield piece

    def _read_messages(self) -> Generator[Piece, None, None]:
        reader, place, setting = self._reader, self._place, self._setting
        low = max(setting.low, place.floor, key=count_of)
        yield from read_threads(reader, place)
        settle_debts(place)
        now = stamp(setting.web.now)
        look = FirstLook(reader, place.floor, low) if self._first and place.spans else None
        yield from read_recent(reader, place, low, look.recent() if look else None)
        place.until = max(now, place.until, key=count_of)
        yield from read_spans(reader, place, look.older() if look else None)
        if self._full:
            floor = moment(place.floor) if place.floor else None
            yield Piece(complete=list(everything(reader, floor, moment(now))))
        elif self._is_due():
            if place.sweep is None:
                begin_sweep(place, low, now)
            yield from read_sweep(reader, place, self._slices)
            yield from read_spans(reader, place)


def is_closed(place: Place, record: Payload) -> bool:
    """Whether a channel is archived, and was read to its end since."""
    return bool(record.get("is_archived")) and place.closed and not place.open


def is_due(setting: Setting, place: Place) -> bool:
    """Whether all of a channel's history is to be looked through."""
    last = moment(place.swept)
    return place.sweep is not None or setting.web.now >= last + setting.config.sweeping


def _is_asked(setting: Setting, event: EpisodicEvent) -> bool:
    since = setting.config.since
    return since is None or event.occurred_at >= since


def close(setting: Setting, channel: Channel, place: Place, error: str) -> Piece:
    """Note that a channel cannot be read any more."""
    place.gone = error
    logger.warning(
        "%s: #%s cannot be read any more: %s", setting.web.source_id, channel.name, error
    )
    return Piece(events=[gone(channel, error, setting.web.now, setting.shape)])
