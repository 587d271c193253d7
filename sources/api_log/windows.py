"""The logs outside of a pass: all requests of a span of time, or single lines again."""

import re
from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from sources.api_log.blocks import read_blocks
from sources.api_log.choosing import choose_format
from sources.api_log.matching import Work, open_log
from sources.api_log.parsing import Parsed
from sources.api_log.passes import build_batch, gather, origin_of, settle
from sources.api_log.pieces import Origin, Piece, build_piece, read_pieces
from sources.api_log.position import Position
from sources.api_log.setup import Setup, Span
from sources.batch import EventBatch
from sources.errors import ConfigError

_CLOCKS: Final = timedelta(days=2)
"""How far a line's time may lie after the time at which it was written."""
_LOCATOR: Final = re.compile(r"([0-9a-f]{24}\.\d+):(\d+)(?: .*)?", re.DOTALL)


def read_span(setup: Setup, span: Span) -> Generator[EventBatch, None, None]:
    """Give all requests of a span of time, wherever they stand in the files.

    Files last written to long before the span are not read.

    Raises:
        ConfigError: no line fits the format, or a path names nothing.
        OSError: a file may not be read.
    """
    works = settle(setup, Position()).works
    position = choose_format(setup, works, Position())
    near = [work for work in works if span[0] is None or _written(work) + _CLOCKS >= span[0]]
    origin = origin_of(setup, position.format)
    with closing(read_pieces(origin, near, setup.stopped)) as pieces:
        yield from _build(pieces, setup)


def _build(pieces: Iterable[Piece], setup: Setup) -> Iterator[EventBatch]:
    for part, _ in gather(pieces, setup.batch_lines):
        batch = build_batch(part, None)
        if batch.events.num_rows or batch.quarantined:
            yield batch


def _written(work: Work) -> datetime:
    return datetime.fromtimestamp(work.file.info.st_mtime, UTC)


def read_lines(setup: Setup, locators: Sequence[str]) -> Generator[EventBatch, None, None]:
    """Give single lines again, by the locators that quarantine names them with.

    Lines whose files are gone stay where they are.

    Raises:
        ConfigError: a locator of another form, or the configured format fits no line.
        OSError: a file may not be read.
    """
    wanted: dict[str, set[int]] = defaultdict(set)
    for locator in locators:
        identity, offset = _parse(setup.source_id, locator)
        wanted[identity].add(offset)
    works = settle(setup, Position()).works
    position = choose_format(setup, works, Position())
    origin = origin_of(setup, position.format)
    for work in works:
        if work.state.identity in wanted:
            pieces = _read_some(setup, origin, work, wanted[work.state.identity])
            yield from _build(pieces, setup)


def _parse(source_id: str, locator: str) -> tuple[str, int]:
    match = _LOCATOR.fullmatch(locator)
    if match is None:
        raise ConfigError(
            f"{source_id}: {locator!r} names no line of an access log",
            remedy="Take it from `daybook quarantine list`: <stream>:<offset> <path>",
        )
    return match[1], int(match[2])


def _read_some(setup: Setup, origin: Origin, work: Work, offsets: set[int]) -> Iterator[Piece]:
    """Read the lines at some offsets; all before them too, where their meaning hangs on that."""
    parser = origin.parsers({})
    left = set(offsets)
    with suppress(FileNotFoundError), open_log(work.file) as stream:
        for block in read_blocks(
            stream,
            closed=work.file.rotated,
            size=setup.block_bytes,
            lines=setup.block_lines,
            longest=parser.longest,
        ):
            inside = {offset for offset in left if block.offset <= offset < block.end}
            if inside or parser.ordered:
                parsed = _pick(parser.parse(block.data, block.offset), inside)
                yield build_piece(origin, work, parsed, work.state)
            left -= inside
            if not left or setup.stopped.is_set():
                return


def _pick(parsed: Parsed, offsets: Collection[int]) -> Parsed:
    """Keep of a block what stands at some offsets."""
    chosen = pa.array(sorted(offsets), pa.uint64())
    table = parsed.table.filter(pc.is_in(parsed.table.column("offset"), value_set=chosen))
    return Parsed(
        table=table, bad=[line for line in parsed.bad if line.offset in offsets], skipped=0
    )
