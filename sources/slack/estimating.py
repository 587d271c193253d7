"""What a reading of a workspace would take."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Final, Self

from sources.estimate import Estimate
from sources.slack.calls import LIMITED_PAGE, MOST
from sources.slack.cursor import Place, Position
from sources.slack.lifecycle import call_channel
from sources.slack.moments import count_of, stamp
from sources.slack.names import Payload
from sources.slack.reading import END, REPLIES, ClosedError, Reader, order
from sources.slack.visits import Setting, is_due, place_of

_ASKED: Final = 10
"""Channels whose history is looked at; of more, these stand for all."""

_A_MINUTE: Final = 50
"""Calls of one method that Slack allows, and what it allows limited apps."""

_LIMITED_A_MINUTE: Final = 1
_MINUTE: Final = 60.0
_FIRST: Final = 4
"""Calls that every reading begins with: whose token, which channels, who is who, and a try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Calls that would be made.

    Attributes:
        history: for pages of messages.
        replies: for threads.
    """

    history: float = 0.0
    replies: float = 0.0

    def __add__(self, other: Self) -> "Cost":
        """Both."""
        return Cost(history=self.history + other.history, replies=self.replies + other.replies)

    def times(self, factor: float) -> "Cost":
        """So many of the same."""
        return Cost(history=self.history * factor, replies=self.replies * factor)


def estimate_reading(setting: Setting, position: Position) -> Estimate:
    """Say what reading from the position, or of the setting's span, would take.

    Args:
        setting: what is at hand.
        position: where all of it stands; it is left alone.
    """
    began, before = time.monotonic(), setting.web.client.sent
    position = position.model_copy(deep=True)
    cost, unread = Cost(), []
    for key, record in setting.finder.found.items():
        first = key not in position.channels
        place = place_of(setting, position, key, record)
        needs = setting.span is not None or place.spans or is_due(setting, place)
        if setting.span is None:
            cost += Cost(history=0 if first and place.spans else 1, replies=len(place.threads))
        if needs:
            unread.append((record, place))
    chosen = unread[:: max(ceil(len(unread) / _ASKED), 1)]
    looked = Cost()
    for record, place in chosen:
        looked += _look(setting, record, place)
    cost += looked.times(len(unread) / max(len(chosen), 1))
    each = (time.monotonic() - began) / max(setting.web.client.sent - before, 1)
    requests = round(cost.history + cost.replies) + _FIRST
    most = max(cost.history, cost.replies)
    pace = _LIMITED_A_MINUTE if setting.web.limited else _A_MINUTE
    return Estimate(
        requests=requests,
        working=max(requests * each, _MINUTE * max(most - pace, 0) / pace),
        words="; ".join(_words(setting, len(chosen), len(unread), requests)),
    )


def _words(setting: Setting, chosen: int, unread: int, requests: int) -> Iterator[str]:
    if chosen < unread:
        yield f"{chosen} of {unread} channels stand for all"
    if setting.web.limited:
        yield f"Slack limits this app to {LIMITED_PAGE} messages a minute"
    budget = setting.config.budget
    if budget is not None and requests > budget:
        yield f"{ceil(requests / budget)} readings of {budget:,} requests"


def _look(setting: Setting, record: Payload, place: Place) -> Cost:
    """Ask for the newest page of what is to be read; what lies behind it is taken to be like it."""
    reader = setting.reader(call_channel(record, setting.names))
    start, end = setting.span or (None, None)
    low, high = _bounds(setting, place, end)
    try:
        page, last = next(reader.history(low, high))
    except ClosedError:
        return Cost()
    if not page:
        return Cost(history=1)
    times = 1.0 if last else _stretch(page, low, high, record)
    threads = [one for one in reader.parents(page) if one.newest >= _begin(start)]
    if setting.span is None and not place.spans:
        threads = [one for one in threads if one.newest > count_of(place.newest)]
    replies = sum(ceil((one.replies + 1) / REPLIES) for one in threads)
    return Cost(history=max(times * len(page) / _size(reader), 1.0), replies=times * replies)


def _begin(start: datetime | None) -> int:
    return count_of(stamp(start)) if start else 0


def _size(reader: Reader) -> int:
    return LIMITED_PAGE if reader.web.limited else MOST


def _bounds(setting: Setting, place: Place, end: datetime | None) -> tuple[str, str]:
    """Give what part of a channel would be read."""
    if setting.span is not None:
        since = setting.config.since
        return stamp(since) if since else "", stamp(end) if end else END
    return (place.spans[0].low if place.spans else place.floor), END


def _stretch(page: list[Any], low: str, high: str, record: Payload) -> float:
    """Say how many times as long as a page's time the whole is."""
    times = [order(message) for message in page if order(message) >= 0]
    begin = count_of(low) or int(record.get("created") or 0) * 1_000_000 or min(times)
    newest = min(count_of(high), max(times))
    return max((newest - begin) / max(newest - min(times), 1), 1.0)
