"""One span of time of a channel, whole: threads too that began before it."""

from collections.abc import Generator

from sources.slack.claims import everything
from sources.slack.lifecycle import created
from sources.slack.moments import count_of, stamp, write
from sources.slack.names import Payload
from sources.slack.reading import END, Piece, Reader, in_thread


def read_window(reader: Reader, record: Payload) -> Generator[Piece, None, None]:
    """Give everything of the reader's span.

    Threads begin anywhere before its end, so all of the channel before it is looked through.
    """
    start, end = reader.span or (None, None)
    began = reader.web.now
    low, high = stamp(start) if start else "", stamp(end) if end else END
    since = stamp(reader.config.since) if reader.config.since else ""
    event = created(reader.channel, record, reader.names, reader.shape)
    if event is not None and reader.is_asked(event.occurred_at):
        yield Piece(events=[event])
    for page, _ in reader.history(since if reader.config.threads else low, high):
        piece = reader.convert(page, reader.shows)
        if piece.events or piece.bad:
            yield piece
        for parent in reader.parents(page):
            if parent.newest >= count_of(low):
                before = write(count_of(low) - 1) if low else ""
                yield from _read_thread(reader, parent.key, before, high)
    floor = max((t for t in (start, reader.config.since) if t is not None), default=None)
    until = began if end is None else min(end, began)
    yield Piece(complete=list(everything(reader, floor, until)))


def _read_thread(
    reader: Reader, thread: str, after: str, high: str
) -> Generator[Piece, None, None]:
    for page, _ in reader.replies(thread, after, "" if high == END else high):
        piece = reader.convert(page, in_thread)
        if piece.events or piece.bad:
            yield piece
