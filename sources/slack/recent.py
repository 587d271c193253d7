"""The last days of a channel, which every reading looks at again.

A day whose events are what they were is passed over: its digest says so.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from sources.batch import batch_table
from sources.slack.cursor import Day, Place
from sources.slack.moments import count_of, day_of, write
from sources.slack.reading import END, Piece, Reader, in_channel, order
from sources.slack.threads import enqueue_all, enqueue_changed, read_threads, settle_debts, span_of

_HELD: Final = 4_000
"""Messages of a day that are held until all of it is there; of more, each part is given."""

_BITS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What was said on a day, or some of it where that was much.

    Attributes:
        key: the day.
        messages: newest first.
        first: whether nothing newer of that day came before.
        last: whether nothing older of it follows.
    """

    key: str
    messages: list[Any]
    first: bool
    last: bool


def read_recent(reader: Reader, place: Place, low: str) -> Generator[Piece, None, None]:
    """Give what is new or has changed since ``low``, and the threads that have.

    The place is that after the piece when the piece is given.
    """
    unseen = {key for key in place.days if key >= day_of(low)}
    day = Day()
    for part in _parts(reader, low):
        unseen.discard(part.key)
        day = Day() if part.first else day
        piece = reader.convert(part.messages, in_channel)
        if _note(reader, place, part, piece, day):
            yield piece
        yield from read_threads(reader, place)
        settle_debts(place, unfinished="" if part.last else part.key)
    for key in sorted(unseen, reverse=True):
        if place.days.pop(key).n:
            place.spans.append(span_of(place, key))
        yield Piece()


def _note(reader: Reader, place: Place, part: _Part, piece: Piece, day: Day) -> bool:
    """Note what became of a day, and which of its threads are to be read; say if it changed."""
    known, parents = place.days.get(part.key), reader.parents(part.messages)
    if known is None:
        enqueue_all(place, parents)
    else:
        if part.first:
            place.owed[part.key] = known.n
        enqueue_changed(place, parents, part.key, count_of(known.t))
    newest = max([count_of(day.t), *(parent.newest for parent in parents)])
    day.n += sum(parent.replies for parent in parents)
    day.t = write(newest) if newest else ""
    if not part.last:
        return True
    day.d = digest_of(piece) if part.first else ""
    day.t = max(day.t, known.t if known else "", key=count_of)
    place.days[part.key] = day
    return known is None or not day.d or day.d != known.d


def _parts(reader: Reader, low: str) -> Iterator[_Part]:
    """Cut what is listed into days."""
    held: list[Any] = []
    key, first = "", True
    for page, _ in reader.history(low, END):
        for message in page:
            day = _day(message) or key or day_of(low)
            if held and day != key:
                yield _Part(key=key, messages=held, first=first, last=True)
                held, first = [], True
            key = day
            held.append(message)
        if len(held) > _HELD:
            yield _Part(key=key, messages=held[:-1], first=first, last=False)
            held, first = held[-1:], False
    if held:
        yield _Part(key=key, messages=held, first=first, last=True)


def _day(message: Any) -> str:
    return day_of(message["ts"]) if order(message) >= 0 else ""


def digest_of(piece: Piece) -> str:
    """Add up the digests of what was read, whatever its order."""
    digests: list[Any] = batch_table(piece.events).column("digest").to_pylist()
    total = sum(int.from_bytes(digest[:8]) for digest in digests)
    total += sum(hash_of(bad.locator, bad.reason, bad.raw) for bad in piece.bad)
    return f"{total % 2**_BITS:x}.{len(piece.events) + len(piece.bad):x}"


def hash_of(*parts: str | bytes) -> int:
    """Hash a few texts, in 64 bits."""
    digest = blake2b(digest_size=8)
    for part in parts:
        digest.update(repr(part).encode())
    return int.from_bytes(digest.digest())
