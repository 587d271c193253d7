"""What lies behind the last days of a channel: read once, and looked through now and then."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sources.slack.claims import FEW, listed, orphans
from sources.slack.cursor import Day, Place, Sweep
from sources.slack.moments import bounds_of, count_of, day_of, month_of, write
from sources.slack.reading import END, Page, Parent, Piece, Reader, oldest, order
from sources.slack.threads import enqueue_all, enqueue_changed, read_threads, settle_debts, span_of

_FEW_AT_THE_END: Final = 1
"""So many of a channel's oldest messages may be gone at once: more is what a plan hides."""


@dataclass(slots=True)
class Slices:
    """How much one run sweeps.

    Attributes:
        left: pages that it may still look through.
    """

    left: int = 100


class FirstLook:
    """A channel that was never read, in one list: its last days, and what lies behind them.

    Most channels fit into one page, and are read with one request.

    Args:
        reader: of the channel.
        low: its first moment that is asked for; empty: its beginning.
        cut: where its last days begin.
    """

    def __init__(self, reader: Reader, low: str, cut: str) -> None:
        self._pages = reader.history(low, END)
        self._cut = count_of(cut)
        self._page: Page = [], True

    def recent(self) -> Iterator[Page]:
        """Give the last days."""
        for page, last in self._pages:
            old = sum(0 <= order(message) < self._cut for message in page)
            new = page if not old else [one for one in page if order(one) >= self._cut]
            self._page = page[len(new) :], last
            if last or old:
                yield new, True
                return
            yield new, False

    def older(self) -> Iterator[Page]:
        """Give what lies behind them, once they were given to their end."""
        yield self._page
        if not self._page[1]:
            yield from self._pages


def read_spans(
    reader: Reader, place: Place, first: Iterable[Page] | None = None
) -> Generator[Piece, None, None]:
    """Give what is still to be read, each message once, and all threads.

    The place is that after the piece when the piece is given.

    Args:
        reader: of the channel.
        place: where the channel stands.
        first: pages of the first part, where they are asked for already.
    """
    while place.spans:
        span = place.spans[0]
        pages, first = first or reader.history(span.low, span.high), None
        for page, last in pages:
            piece = reader.convert(page, reader.shows)
            parents = reader.parents(page)
            enqueue_all(place, parents, counted=span.counts)
            if span.counts:
                _count(place, parents)
            high, span.high = span.high, oldest(page) or span.high
            if not span.counts:
                low = span.low if last else span.high
                piece.complete = [listed(reader, low, high), orphans(reader, low, high, parents)]
                piece.standing = reader.standing.of(count_of(low))
            if last:
                place.spans.pop(0)
            if page or piece.complete:
                yield piece
            yield from read_threads(reader, place, wait=False)
        yield from read_threads(reader, place)


def _count(place: Place, parents: Iterable[Parent]) -> None:
    """Count replies that were not counted before."""
    for parent in parents:
        if parent.ts < count_of(place.below):
            month = month_of(parent.key)
            place.months[month] = place.months.get(month, 0) + parent.replies
            place.newest = max(place.newest, _seen(parent, place.swept), key=count_of)
        else:
            day = place.days.setdefault(day_of(parent.key), Day())
            day.n += parent.replies
            day.t = write(max(count_of(day.t), parent.told))


def _seen(parent: Parent, began: str) -> str:
    """Give up to when the replies of all threads were counted, as far as this one tells.

    What came after the look through them ``began`` may have come to one that was looked at already.
    """
    return write(min(parent.told, count_of(began)))


def begin_sweep(place: Place, top: str, now: str) -> None:
    """Have all that is older than ``top`` looked through."""
    if count_of(place.floor) < count_of(top):
        place.sweep = Sweep(at=top, top=top, began=now)
    else:
        place.swept = now


def read_sweep(reader: Reader, place: Place, slices: Slices) -> Generator[Piece, None, None]:
    """Give what the channel shows of its history, and of the threads those that have changed.

    The place is that after the piece when the piece is given.
    """
    if place.sweep is None:
        return
    for page, last in reader.history(place.floor, place.sweep.at):
        slices.left -= 1
        piece = reader.convert(page, reader.shows)
        _compare(place, place.sweep, reader.parents(page))
        high, place.sweep.at = place.sweep.at, oldest(page) or place.sweep.at
        low, few = (place.floor, _FEW_AT_THE_END) if last else (place.sweep.at, FEW)
        piece.complete.append(listed(reader, low, high, few))
        piece.standing = reader.standing.swept
        if last:
            _finish(place, place.sweep)
        if page or last:
            yield piece
        yield from read_threads(reader, place, wait=False)
        settle_debts(place)
        if slices.left <= 0:
            break
    yield from read_threads(reader, place)
    settle_debts(place)


def _compare(place: Place, sweep: Sweep, parents: Sequence[Parent]) -> None:
    """Find the threads that have changed, and count all."""
    for parent in parents:
        month = month_of(parent.key)
        if month not in sweep.months:
            sweep.months[month] = 0
            place.owed[month] = _counted(place, sweep).get(month, 0)
        if parent.ts < count_of(place.below):
            known = count_of(place.newest)
        else:
            known = count_of(place.days.get(day_of(parent.key), Day()).t)
        enqueue_changed(place, [parent], month, known)
        sweep.months[month] += parent.replies
        sweep.newest = max(sweep.newest, _seen(parent, sweep.began), key=count_of)


def _counted(place: Place, sweep: Sweep) -> dict[str, int]:
    """Give how many replies the threads of each month had when they were looked at last."""
    counted = dict(place.months)
    for key, day in place.days.items():
        if count_of(bounds_of(key)[0]) < count_of(sweep.top):
            counted[key[:7]] = counted.get(key[:7], 0) + day.n
    return counted


def _finish(place: Place, sweep: Sweep) -> None:
    """Keep the sums of a sweep, and have months read whole whose threads are all gone."""
    for month, replies in _counted(place, sweep).items():
        if replies and not sweep.months.get(month):
            place.spans.append(span_of(place, month))
    swept = [key for key in place.days if count_of(bounds_of(key)[0]) < count_of(sweep.top)]
    newest = [place.newest, sweep.newest, *(place.days.pop(key).t for key in swept)]
    place.newest = min(max(newest, key=count_of), sweep.began, key=count_of)
    place.months = {month: replies for month, replies in sweep.months.items() if replies}
    place.below, place.swept, place.sweep = sweep.top, sweep.began, None
