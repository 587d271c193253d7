"""The last days of a channel, which every reading looks at again.

A day whose events are what they were is passed over: its digest says so. One that is given has all
there is of it, so what was there before and is not in it was deleted; unless much is gone at once.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from sources.slack.claims import FEW, allow, listed, orphans
from sources.slack.cursor import Day, Place
from sources.slack.moments import bounds_of, count_of, day_of, write
from sources.slack.reading import END, Page, Parent, Piece, Reader, oldest, order
from sources.slack.threads import enqueue_all, enqueue_changed, read_threads, settle_debts, span_of

_HELD: Final = 4_000
"""Messages that are held to be weighed together; of a day that has more, each part is given."""

_BITS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What was said on a day, or some of it where that was much.

    Attributes:
        key: the day.
        messages: newest first.
        high: the first moment behind it.
        first: whether nothing newer of that day came before.
        last: whether nothing older of it follows.
    """

    key: str
    messages: list[Any]
    high: str
    first: bool
    last: bool

    def low(self, place: Place) -> str:
        """Give the first moment of it."""
        if not self.last:
            return oldest(self.messages)
        return max(bounds_of(self.key)[0], place.floor, key=count_of)


def read_recent(
    reader: Reader, place: Place, low: str, pages: Iterable[Page] | None = None
) -> Generator[Piece, None, None]:
    """Give what is new or has changed since ``low``, and the threads that have.

    The place is that after the piece when the piece is given.

    Args:
        reader: of the channel.
        place: where the channel stands.
        low: the first moment.
        pages: of what the channel shows since then, where they are asked for already.
    """
    unseen = sorted(key for key in place.days if key >= day_of(low))
    day = Day()
    for parts, more in _groups(reader.history(low, END) if pages is None else pages, low):
        end = parts[-1].key if more else ""
        empty = [key for key in unseen if key >= end and key not in {p.key for p in parts}]
        unseen = [key for key in unseen if key < end]
        few = FEW if _is_allowed(place, parts, empty) else 0
        for part in parts:
            day = Day() if part.first else day
            piece = _read_part(reader, place, part, day, few)
            if piece is not None:
                yield piece
            yield from read_threads(reader, place, wait=False)
            settle_debts(place, unfinished="" if part.last else part.key)
        for key in reversed(empty):
            yield _read_empty(reader, place, key, few)
    yield from read_threads(reader, place)
    settle_debts(place)


def _is_allowed(place: Place, parts: list[_Part], empty: list[str]) -> bool:
    found = dict.fromkeys(empty, 0)
    for part in parts:
        found[part.key] = found.get(part.key, 0) + len(part.messages)
    known = [_events_of(place.days.get(key, Day())) for key in found]
    return allow(known, list(found.values()))


def _read_part(reader: Reader, place: Place, part: _Part, day: Day, few: int) -> Piece | None:
    """Note what became of a day, and which of its threads are to be read; give it if it changed."""
    piece, parents = reader.convert(part.messages, reader.shows), reader.parents(part.messages)
    known, low = place.days.get(part.key), part.low(place)
    _enqueue(place, part, parents, known)
    if known is not None:
        most = max(few and _events_of(known) - len(part.messages), few)
        piece.complete.append(listed(reader, low, part.high, most))
        if reader.config.threads:
            piece.complete.append(orphans(reader, low, part.high, parents))
        piece.standing = reader.standing.recent
    day.g = glance(part.messages, day.g)
    newest = max([count_of(day.t), *(parent.told for parent in parents)])
    day.n += sum(parent.replies for parent in parents)
    day.t = write(newest) if newest else ""
    if not part.last:
        return piece
    day.d = digest_of(piece) if part.first else ""
    day.t = max(day.t, known.t if known else "", key=count_of)
    place.days[part.key] = day
    return None if known is not None and day.d and day.d == known.d else piece


def _enqueue(place: Place, part: _Part, parents: list[Parent], known: Day | None) -> None:
    if known is None:
        enqueue_all(place, parents, counted=True)
        return
    if part.first:
        place.owed[part.key] = known.n
    enqueue_changed(place, parents, part.key, count_of(known.t))


def _read_empty(reader: Reader, place: Place, key: str, few: int) -> Piece:
    """Say of a day that nothing of it is left."""
    low, high = bounds_of(key)
    low, known = max(low, place.floor, key=count_of), place.days.pop(key)
    if known.n:
        place.spans.append(span_of(place, key))
    return Piece(
        complete=[
            listed(reader, low, high, few and max(few, _events_of(known))),
            orphans(reader, low, high, ()),
        ],
        standing=reader.standing.recent,
    )


def _groups(pages: Iterable[Page], low: str) -> Iterator[tuple[list[_Part], bool]]:
    """Give parts together that can be weighed together, and whether others follow."""
    held: list[_Part] = []
    for part in _parts(pages, low):
        if sum(len(one.messages) for one in held) > _HELD:
            yield held, True
            held = []
        held.append(part)
    yield held, False


def _parts(pages: Iterable[Page], low: str) -> Iterator[_Part]:
    """Cut what is listed into days."""
    held: list[Any] = []
    key, high = "", ""
    for page, _ in pages:
        for message in page:
            day = _day(message) or key or day_of(low)
            if held and day != key:
                yield _part(key, held, high, last=True)
                held, high = [], ""
            key = day
            held.append(message)
        if len(held) > _HELD:
            yield _part(key, held[:-1], high, last=False)
            held, high = held[-1:], oldest(held[:-1])
    if held:
        yield _part(key, held, high, last=True)


def _part(key: str, messages: list[Any], high: str, *, last: bool) -> _Part:
    end = high or bounds_of(key)[1]
    return _Part(key=key, messages=messages, high=end, first=not high, last=last)


def _day(message: Any) -> str:
    return day_of(message["ts"]) if order(message) >= 0 else ""


def find_changed(reader: Reader, place: Place, low: str) -> bool:
    """Say whether anything since ``low`` is not as the place knows it; nothing is given."""
    found: dict[str, str] = {}
    for part in _parts(reader.history(low, END), low):
        found[part.key] = glance(part.messages, found.get(part.key, ""))
    known = {key: day.g for key, day in place.days.items() if key >= day_of(low)}
    return found != known


def glance(messages: Iterable[Any], before: str = "") -> str:
    """Add up what tells that messages have changed, whatever their order."""
    total = int(before or "0", 16) + sum(_hash(*_signs(message)) for message in messages)
    return f"{total % 2**_BITS:x}"


def _signs(message: Any) -> Iterator[str]:
    """Give what of a message changes with it, and with its thread."""
    if not isinstance(message, dict):
        yield repr(message)
        return
    for key in ("ts", "subtype", "text", "edited", "reply_count", "latest_reply"):
        yield repr(message.get(key))
    for key, signs in (("reactions", ("name", "count")), ("files", ("id", "mode"))):
        items = message.get(key)
        for item in items if isinstance(items, list) else []:
            yield repr([item.get(sign) for sign in signs] if isinstance(item, dict) else item)


def digest_of(piece: Piece) -> str:
    """Add up the digests of what was read, whatever its order, and count it."""
    total = sum(_hash(repr(event)) for event in piece.events)  # the same for equal ones
    total += sum(_hash(bad.locator, bad.reason, bad.raw) for bad in piece.bad)
    return f"{total % 2**_BITS:x}.{len(piece.events) + len(piece.bad)}"


def _events_of(day: Day) -> int:
    """Say how many events a day had; none where that is not known."""
    return int(day.d.rpartition(".")[2] or 0)


def _hash(*parts: str | bytes) -> int:
    """Hash a few texts, in 64 bits."""
    digest = blake2b(digest_size=8)
    for part in parts:
        digest.update(repr(part).encode())
    return int.from_bytes(digest.digest())
