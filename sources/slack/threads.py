"""The threads of a channel: which are to be read, and their replies, oldest first.

Nothing tells of a thread whose number of replies and newest reply are what they were. The numbers
are kept as sums, a day or a month each: a reply that is newer than any that was counted says which
thread has changed; a sum that is not met again says that somewhere a reply was deleted, and then
the whole day or month is read.
"""

from collections.abc import Generator, Iterable, Sequence
from typing import Any, Final

from sources.slack.claims import answers
from sources.slack.cursor import Day, Place, Span, Thread
from sources.slack.moments import bounds_of, count_of, day_of, month_of, write
from sources.slack.reading import Parent, Piece, Reader, in_thread, newest, order

_ONE_PAGE: Final = 200
"""Replies up to which a changed thread is read whole, as that takes no more requests."""

_QUEUED: Final = 1_000
"""Threads that wait for others to be found."""


def enqueue_all(place: Place, parents: Iterable[Parent], *, counted: bool) -> None:
    """Have these threads read whole.

    Args:
        place: the channel.
        parents: first messages of threads.
        counted: whether their replies are counted just now, as far as they are told; else they
            were when the threads were looked at before.
    """
    place.threads += [
        Thread(ts=parent.key, upto=_upto(parent) if counted else _counted_upto(place, parent))
        for parent in parents
    ]


def _upto(parent: Parent) -> str:
    return write(parent.told) if parent.told else ""


def _counted_upto(place: Place, parent: Parent) -> str:
    if parent.ts < count_of(place.below):
        return place.newest
    return place.days.get(day_of(parent.key), Day()).t


def enqueue_changed(place: Place, parents: Sequence[Parent], key: str, known: int) -> None:
    """Have those threads read that changed, and take the others off what is owed.

    Args:
        place: the channel.
        parents: first messages of threads.
        key: day or month to whose sum they are held.
        known: time of the newest reply that was counted there.
    """
    for parent in parents:
        if parent.newest <= known:
            pay(place, key, parent.replies)
            continue
        part = parent.replies > _ONE_PAGE and known > 0
        text = write(known) if known else ""
        if part:
            pay(place, key, parent.replies)
        place.threads.append(
            Thread(
                ts=parent.key,
                key=key,
                known=text,
                upto=_upto(parent),
                after=text if part else "",
                part=part,
            )
        )


def pay(place: Place, key: str, replies: int) -> None:
    """Note replies that were counted before and are there."""
    if key in place.owed:
        place.owed[key] -= replies


def read_threads(
    reader: Reader, place: Place, *, wait: bool = True
) -> Generator[Piece, None, None]:
    """Read what is queued; the place is that after the piece when the piece is given.

    Args:
        reader: of the channel.
        place: where the channel stands.
        wait: while replies may not be asked for. Without, messages are read on meanwhile.
    """
    while place.threads and (wait or not _is_better_left(reader, place)):
        thread = place.threads[0]
        for page, last in reader.replies(thread.ts, thread.after):
            piece = reader.convert(page, in_thread)
            _settle(place, thread, page)
            before, thread.after = thread.after, newest(page) or thread.after
            until = "" if last else thread.after
            piece.complete.append(answers(reader, thread.ts, before, until))
            piece.standing = reader.standing.of(count_of(thread.ts))
            if last:
                place.threads.pop(0)
            if page:
                yield piece


def _is_better_left(reader: Reader, place: Place) -> bool:
    """Whether replies have to wait, while messages need not."""
    held = reader.web.client.is_held
    few = len(place.threads) < _QUEUED
    return few and held("conversations.replies") and not held("conversations.history")


def settle_debts(place: Place, unfinished: str = "") -> None:
    """Have a day or month read whole where replies are missing; ``unfinished`` is still read."""
    open_keys = {unfinished, *(thread.key for thread in place.threads)}
    if place.sweep is not None:
        open_keys.add(month_of(place.sweep.at))
    for key in [key for key in place.owed if key not in open_keys]:
        if place.owed.pop(key) > 0:
            place.spans.append(span_of(place, key))


def _settle(place: Place, thread: Thread, page: Sequence[Any]) -> None:
    """Count the replies of a page against what is owed."""
    known = count_of(thread.known)
    old = sum(order(reply) <= known for reply in page)
    pay(place, thread.key, old - len(page) if thread.part else old)
    if thread.upto:
        upto = count_of(thread.upto)
        _count_late(place, thread.ts, sum(order(reply) > upto for reply in page))


def _count_late(place: Place, ts: str, replies: int) -> None:
    """Count replies that came after their thread was counted and before it was read.

    They are given; if they were in no sum, nobody would notice that one was deleted.
    """
    sweep, month = place.sweep, month_of(ts)
    if not replies:
        return
    if sweep is not None and count_of(sweep.at) <= count_of(ts) < count_of(sweep.top):
        sweep.months[month] = sweep.months.get(month, 0) + replies
    elif count_of(ts) < count_of(place.below):
        place.months[month] = place.months.get(month, 0) + replies
    elif day_of(ts) in place.days:
        place.days[day_of(ts)].n += replies


def span_of(place: Place, key: str) -> Span:
    """Give the part of a channel that is a day, or a month as far as it is swept."""
    low, high = bounds_of(key)
    if key == key[:7]:
        high = min(high, place.sweep.top if place.sweep else place.below, key=count_of)
    return Span(low=max(low, place.floor, key=count_of), high=high)
