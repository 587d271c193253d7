"""One way through all channels, from where the last one ended."""

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any, Final

from sources.batch import Coverage, Cursor, EventBatch, batch_table
from sources.slack.calls import Web
from sources.slack.channels import Finder
from sources.slack.claims import everything
from sources.slack.config import SlackConfig
from sources.slack.cursor import Place, Position, Span
from sources.slack.history import Slices, begin_sweep, read_spans, read_sweep
from sources.slack.lifecycle import call_channel, created, gone
from sources.slack.messages import Shape
from sources.slack.moments import count_of, midnight, moment, stamp
from sources.slack.names import Channel, Names, Payload
from sources.slack.reading import ClosedError, Piece, Reader, Standing
from sources.slack.recent import digest_of, read_recent
from sources.slack.threads import read_threads, settle_debts
from sources.slack.windows import read_window
from sources.span import Span as TimeSpan

logger = logging.getLogger(__name__)

PROBED: Final = 20
"""Channels that are looked at to say whether anything is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a reading of a workspace has at hand.

    Attributes:
        web: calls the API.
        config: the source's settings.
        shape: what shapes events.
        names: of people and channels.
        finder: has found the channels.
        span: the moments asked for; ``None``: all.
        skip: told of each message that is left out.
    """

    web: Web
    config: SlackConfig
    shape: Shape
    names: Names
    finder: Finder
    span: TimeSpan | None = None
    skip: Callable[[], None] = lambda: None

    @property
    def low(self) -> str:
        """The beginning of the days that every reading looks at."""
        return midnight(self.web.now - self.config.window)

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


def read_pass(setting: Setting, position: Position) -> Generator[EventBatch, None, None]:
    """Give what is new in all channels; the position moves with it.

    The cursor of each batch holds once the batch is stored. The last one may have no events: it
    says that all channels were read to their ends.
    """
    reached, slices = lasting(position), Slices()
    for key, record in setting.finder.found.items():
        place = place_of(setting, position, key, record)
        for piece in _Visit(setting, place, record, slices, full=position.full).read():
            yield _batch(piece, position.to_cursor())
            reached = lasting(position)
    for key, error in setting.finder.gone.items():
        place = position.channels[key]
        if place.gone is None:
            channel = Channel(id=key, name=place.name)
            piece = _close(setting, channel, place, error)
            yield _batch(piece, position.to_cursor())
    full, position.full, position.start = position.full, False, ""
    if full or lasting(position) != reached:
        covered = (Coverage(state="whole", since=setting.config.since),) if full else ()
        yield _batch(Piece(), position.to_cursor(), covered)


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


class _Visit:
    """One channel's turn in a pass."""

    def __init__(
        self,
        setting: Setting,
        place: Place,
        record: Payload,
        slices: Slices,
        *,
        full: bool = False,
    ) -> None:
        self._setting = setting
        self._full = full
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
            yield _close(self._setting, self._channel, self._place, error.error)
        else:
            self._place.closed = bool(self._record.get("is_archived"))

    def _is_closed(self) -> bool:
        """Whether nothing can be new in it: it was read to its end after it was archived."""
        place = self._place
        archived = bool(self._record.get("is_archived"))
        return archived and place.closed and not place.open and not self._is_due()

    def _is_due(self) -> bool:
        """Whether all of its history is to be looked through."""
        if self._place.sweep is not None:
            return True
        last = moment(self._place.swept)
        return (
            self._slices.left > 0 and self._setting.web.now >= last + self._setting.config.sweeping
        )

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
        yield from read_recent(reader, place, low)
        place.until = max(now, place.until, key=count_of)
        yield from read_spans(reader, place)
        if self._full:
            floor = moment(place.floor) if place.floor else None
            yield Piece(complete=list(everything(reader, floor, moment(now))))
        elif self._is_due():
            if place.sweep is None:
                begin_sweep(place, low, now)
            yield from read_sweep(reader, place, self._slices)
            yield from read_spans(reader, place)


def _is_asked(setting: Setting, event: Any) -> bool:
    since = setting.config.since
    return since is None or event.occurred_at >= since


def _close(setting: Setting, channel: Channel, place: Place, error: str) -> Piece:
    place.gone = error
    logger.warning(
        "%s: #%s cannot be read any more: %s", setting.web.source_id, channel.name, error
    )
    return Piece(events=[gone(channel, error, setting.web.now, setting.shape)])


def lasting(position: Position) -> Cursor:
    """Give what of a position is worth to be kept: not when nothing was found."""
    return position.model_dump(exclude_defaults=True, exclude={"channels": {"__all__": {"until"}}})


def _batch(piece: Piece, cursor: Cursor | None, coverage: tuple[Coverage, ...] = ()) -> EventBatch:
    return EventBatch(
        events=batch_table(piece.events),
        cursor=cursor,
        retracted=piece.retracted,
        quarantined=piece.bad,
        complete=piece.complete,
        coverage=coverage,
        standing=piece.standing,
    )


def find_news(setting: Setting, position: Position) -> str | None:
    """Say what is new, in words; ``None``: nothing is."""
    finder = setting.finder
    if position.full or any(p.open and p.gone is None for p in position.channels.values()):
        return "not everything has been read yet"
    fresh = [key for key in finder.found if key not in position.channels]
    lost = [key for key in finder.gone if position.channels[key].gone is None]
    if fresh or lost:
        return f"{len(fresh)} channels are new, {len(lost)} are gone"
    found = sorted(finder.found, key=lambda key: max(position.channels[key].days, default=""))
    for key in reversed(found[-PROBED:]):
        place = position.channels[key].model_copy(deep=True)
        position.channels[key] = place
        record = finder.found[key]
        place = place_of(setting, position, key, record)
        if next(_Visit(setting, place, record, Slices(left=0)).read(), None) is not None:
            return f"#{place.name} has changed"
    if len(found) > PROBED:
        return f"of {len(found) - PROBED} channels only a reading tells"
    return None


def read_span(setting: Setting) -> Generator[EventBatch, None, None]:
    """Give all of the span that the setting is limited to."""
    for record in setting.finder.found.values():
        channel = call_channel(record, setting.names)
        try:
            for piece in read_window(setting.reader(channel), record):
                yield _batch(piece, None)
        except ClosedError as error:
            name = channel.name
            logger.warning("%s: #%s cannot be read: %s", setting.web.source_id, name, error)
    start, end = setting.span or (None, None)
    since = max((t for t in (start, setting.config.since) if t is not None), default=None)
    yield _batch(Piece(), None, (Coverage(state="whole", since=since, until=end),))
