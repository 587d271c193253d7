"""One way through all channels, from where the last one ended."""

import logging
from collections.abc import Generator
from datetime import timedelta
from typing import Final

from sources.batch import Coverage, Cursor, EventBatch
from sources.errors import DaybookError
from sources.slack.cursor import Position
from sources.slack.gathering import Gathering, make_batch
from sources.slack.history import Slices
from sources.slack.lifecycle import call_channel
from sources.slack.moments import count_of, moment
from sources.slack.names import Channel
from sources.slack.reading import ClosedError, Piece
from sources.slack.recent import find_changed
from sources.slack.visits import Setting, Visit, close, is_closed, is_due, place_of
from sources.slack.windows import read_window

logger = logging.getLogger(__name__)

PROBED: Final = 10
"""Channels that are looked at to say whether anything is new."""

FRESH: Final = timedelta(minutes=10)
"""So long nothing is to be said of the others."""


def read_pass(setting: Setting, position: Position, size: int) -> Generator[EventBatch, None, None]:
    """Give what is new in all channels; the position moves with it.

    The cursor of each batch holds once the batch is stored. The last one may have no events: it
    says that all channels were read to their ends.

    Args:
        setting: what is at hand.
        position: where all of it stands.
        size: events from which on a batch is given.
    """
    reached, full = position.to_cursor(), position.full
    gathering = Gathering(position, size)
    try:
        for key, piece in _read_channels(setting, position):
            yield from gathering.add(key, piece)
    except DaybookError:
        yield from gathering.flush()  # what was read before counts
        raise
    yield from gathering.flush()
    reached = gathering.reached or reached
    position.full, position.start = False, ""
    if full or is_worth_keeping(reached, position.to_cursor()):
        covered = (Coverage(state="whole", since=setting.config.since),) if full else ()
        yield make_batch(Piece(), position.to_cursor(), covered)


def _read_channels(
    setting: Setting, position: Position
) -> Generator[tuple[str, Piece], None, None]:
    slices = Slices()
    for key, record in setting.finder.found.items():
        first = key not in position.channels
        place = place_of(setting, position, key, record)
        visit = Visit(setting, place, record, slices, full=position.full, first=first)
        for piece in visit.read():
            yield key, piece
    for key, error in setting.finder.gone.items():
        place = position.channels[key]
        if place.gone is None:
            yield key, close(setting, Channel(id=key, name=place.name), place, error)


def is_worth_keeping(before: Cursor, after: Cursor) -> bool:
    """Whether a cursor says more than another: not if nothing was found but that, a moment ago."""
    known = before.get("channels", {})
    for key, place in after.get("channels", {}).items():
        passed = count_of(place["until"]) - count_of(known.get(key, {}).get("until", ""))
        if passed >= FRESH // timedelta(microseconds=1):
            return True
    return _without_times(before) != _without_times(after)


def _without_times(cursor: Cursor) -> Cursor:
    places = {
        key: {name: value for name, value in place.items() if name != "until"}
        for key, place in cursor.get("channels", {}).items()
    }
    return {**cursor, "channels": places}


def find_news(setting: Setting, position: Position) -> str | None:
    """Say what is new, in words; ``None``: nothing is."""
    finder, channels = setting.finder, position.channels
    if position.full or any(place.open and place.gone is None for place in channels.values()):
        return "not everything has been read yet"
    fresh = [key for key in finder.found if key not in channels or channels[key].gone]
    lost = [key for key in finder.gone if channels[key].gone is None]
    if fresh or lost:
        return f"{len(fresh)} channels are new, {len(lost)} are gone"
    if any(is_due(setting, channels[key]) for key in finder.found):
        return "it is time to look through all of history"
    found = [key for key in finder.found if not is_closed(channels[key], finder.found[key])]
    found.sort(key=lambda key: max(channels[key].days, default=""), reverse=True)
    for key in found[:PROBED]:
        place, channel = channels[key], call_channel(finder.found[key])
        low = max(setting.low, place.floor, key=count_of)
        if find_changed(setting.reader(channel), place, low):
            return f"#{place.name} has changed"
    waiting = setting.web.now - FRESH
    late = [key for key in found[PROBED:] if moment(channels[key].until) <= waiting]
    return f"{len(late)} channels were not looked at for a while" if late else None


def read_span(setting: Setting) -> Generator[EventBatch, None, None]:
    """Give all of the span that the setting is limited to."""
    for record in setting.finder.found.values():
        channel = call_channel(record, setting.names)
        try:
            for piece in read_window(setting.reader(channel), record):
                yield make_batch(piece, None)
        except ClosedError as error:
            name = channel.name
            logger.warning("%s: #%s cannot be read: %s", setting.web.source_id, name, error)
    start, end = setting.span or (None, None)
    since = max((t for t in (start, setting.config.since) if t is not None), default=None)
    yield make_batch(Piece(), None, (Coverage(state="whole", since=since, until=end),))
