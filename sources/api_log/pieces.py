"""Files read by one thread, their blocks understood by several, given in the order of the lines."""

import os
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from sources.api_log.blocks import BLOCK_BYTES, BLOCK_LINES, Block, read_blocks
from sources.api_log.event_ids import event_ids
from sources.api_log.events import KIND, request_events
from sources.api_log.listing import stamp_of
from sources.api_log.matching import Work, open_log, read_head
from sources.api_log.parsing import BadLine, Parsed, Parser
from sources.api_log.position import StreamState
from sources.api_log.routes import Routes
from sources.api_log.setup import Span
from sources.api_log.streams import Stream, hash_tail
from sources.batch import QuarantineRecord

WORKERS: Final = min(4, os.cpu_count() or 1)
_AHEAD: Final = WORKERS + 1
"""Blocks under way besides the one given: the bound of memory."""


class Parsers(Protocol):
    """Makes a parser that goes on from a state."""

    def __call__(self, state: dict[str, Any]) -> Parser:
        """Make it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What every reading of one source shares.

    Attributes:
        source_id: the configured source.
        parsers: how lines are understood.
        routes: how paths become routes.
        span: the moments asked for; ``None``: all.
        size: bytes of a block, about.
        lines: lines of a block, at most; a line of many records counts as one.
    """

    source_id: str
    parsers: Parsers
    routes: Routes
    span: Span | None = None
    size: int = BLOCK_BYTES
    lines: int = BLOCK_LINES


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One block, understood.

    Attributes:
        state: the stream once this piece is given.
        events: rows of ``BATCH_SCHEMA``.
        bad: the lines that gave none.
        skipped: lines that are none: empty ones and headers.
    """

    state: StreamState
    events: pa.Table | None = None
    bad: tuple[QuarantineRecord, ...] = ()
    skipped: int = 0

    @property
    def lines(self) -> int:
        """How many lines it holds."""
        return (self.events.num_rows if self.events else 0) + len(self.bad) + self.skipped

    @property
    def octets(self) -> int:
        """How much memory its events take."""
        return self.events.nbytes if self.events else 0


def read_pieces(
    origin: Origin, works: Iterable[Work], stopped: threading.Event
) -> Generator[Piece, None, None]:
    """Read files one after another, a few blocks ahead of whoever takes the pieces.

    A file that has another name by now, or other bytes before its offset, is left for the next
    listing. Closing the iterator waits for the blocks under way.

    Raises:
        OSError: a file cannot be read.
    """
    with (
        ThreadPoolExecutor(WORKERS, thread_name_prefix="lines") as pool,
        ThreadPoolExecutor(1, thread_name_prefix="ordered") as lane,
    ):
        ahead: deque[Future[Piece]] = deque()
        try:
            for work in works:
                with suppress(FileNotFoundError), open_log(work.file) as stream:
                    for future in _read_file(origin, work, stream, (pool, lane)):
                        ahead.append(future)
                        if len(ahead) > _AHEAD:
                            yield ahead.popleft().result()
                        if stopped.is_set():
                            return
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()


def _read_file(
    origin: Origin, work: Work, stream: Stream, pools: tuple[ThreadPoolExecutor, ThreadPoolExecutor]
) -> Iterator[Future[Piece]]:
    state = work.state
    if not stream.skip_to(state.offset) or hash_tail(stream.tail) != state.tail:
        return
    parser = origin.parsers(state.parser)
    pool = pools[parser.ordered]
    last: Future[Piece] | None = None
    closed = work.file.rotated
    for block in read_blocks(
        stream, closed=closed, size=origin.size, lines=origin.lines, longest=parser.longest
    ):
        # Looked at after the block was read: a log that was cut off before begins otherwise by now.
        if not state.offset and read_head(work.file) != state.first:
            return
        state = replace_state(state, block)
        last = pool.submit(_understand, origin, work, parser, block, state)
        yield last
    if not _was_cut(stream, work):
        stamp = stamp_of(work.file, stream.info)
        yield pools[1].submit(_finish, last, state.model_copy(update={"stamp": stamp}))


def _was_cut(stream: Stream, work: Work) -> bool:
    """Whether a plain file became shorter while it was read, so that it is to be met anew."""
    return stream.broken and work.file.generation.codec is None


def replace_state(state: StreamState, block: Block) -> StreamState:
    """Say where a stream stands after a block."""
    update = {"offset": block.end, "tail": hash_tail(block.tail), "stamp": None}
    return state.model_copy(update=update)


def _finish(last: Future[Piece] | None, state: StreamState) -> Piece:
    """Say that a file has been read to its end."""
    if last is not None:
        state = state.model_copy(update={"parser": last.result().state.parser})
    return Piece(state=state)


def _understand(
    origin: Origin, work: Work, parser: Parser, block: Block, state: StreamState
) -> Piece:
    parsed = parser.parse(block.data, block.offset)
    if parser.ordered:
        state = state.model_copy(update={"parser": parser.state})
    return build_piece(origin, work, parsed, state)


def build_piece(origin: Origin, work: Work, parsed: Parsed, state: StreamState) -> Piece:
    """Turn what stood in a block into events and records for quarantine."""
    table = parsed.table if origin.span is None else _within(parsed.table, origin.span)
    events = request_events(
        table, source_id=origin.source_id, identity=state.identity, routes=origin.routes
    )
    bad = name_bad(origin, work, parsed.bad) if origin.span is None else ()
    return Piece(state=state, events=events, bad=bad, skipped=parsed.skipped)


def name_bad(origin: Origin, work: Work, bad: Sequence[BadLine]) -> tuple[QuarantineRecord, ...]:
    """Give lines that are no requests their place, and the ids their events would have."""
    identity, family = work.state.identity, work.file.generation.family
    offsets = pa.array([line.offset for line in bad], pa.uint64())
    ids = event_ids(origin.source_id, KIND, identity, offsets).to_pylist()
    return tuple(
        QuarantineRecord(
            locator=f"{identity}:{line.offset} {family}{_place_of(line)}",
            reason=line.reason,
            raw=line.raw,
            event_id=key,
        )
        for line, key in zip(bad, ids, strict=True)
    )


def _place_of(line: BadLine) -> str:
    return "" if line.within is None else f" record {line.number} of the line at {line.within}"


def _within(table: pa.Table, span: Span) -> pa.Table:
    column = table.column("occurred_at")
    for bound, compare in zip(span, (pc.greater_equal, pc.less), strict=True):
        if bound is not None:
            keep = compare(table.column("occurred_at"), pa.scalar(bound, column.type))
            table = table.filter(keep)
    return table
