"""A pass over the logs: everything new since a position, as batches with their cursors.

All of it is blocking; the source runs it in a thread. Files that are renamed, compressed or cut
while they are read are met again in another round of the same pass.
"""

import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import Final

import pyarrow as pa

from sources.api_log.choosing import choose_format, make_parser
from sources.api_log.listing import list_files
from sources.api_log.matching import Plan, match_files
from sources.api_log.outlook import Outlook
from sources.api_log.pieces import Origin, Piece, read_pieces
from sources.api_log.position import REMEMBERED, Position, StreamState
from sources.api_log.routes import Routes
from sources.api_log.setup import Setup
from sources.batch import BATCH_SCHEMA, Cursor, EventBatch

_ROUNDS: Final = 3
_SETTLE_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.1
_BATCH_BYTES: Final = 48 << 20


def read_pass(setup: Setup, position: Position) -> Generator[EventBatch, None, None]:
    """Give everything after ``position``; no batch at all where there is nothing.

    Raises:
        ConfigError: no line fits the format, or a path names nothing.
        OSError: a file may not be read.
    """
    said: Cursor | None = position.to_cursor()
    for _ in range(_ROUNDS):
        if find_news(setup, position) is None:
            return
        plan = settle(setup, position)
        tally = Tally(choose_format(setup, plan.works, position), plan)
        outlook = Outlook(plan.works)
        with closing(
            read_pieces(origin_of(setup, tally.format), plan.works, setup.stopped)
        ) as all_:
            for pieces, last in gather(all_, setup.batch_lines):
                if setup.stopped.is_set():
                    return
                tally.take(pieces)
                outlook.take(pieces)
                position = tally.position(ended=last)
                cursor = position.to_cursor()
                left = 0 if last else outlook.remaining()
                batch = build_batch(pieces, cursor, left)
                if batch.events.num_rows or batch.quarantined or (last and cursor != said):
                    said = cursor
                    yield batch


def find_news(setup: Setup, position: Position) -> str | None:
    """Say in words what is new since a position, by stat calls alone; ``None``: nothing is.

    Raises:
        ConfigError: a path names nothing.
    """
    known = position.stamps()
    files = list_files(setup.config, setup.source_id, began=bool(position.streams))
    changed = [file for file in files if file.stamp not in known]
    if not changed:
        return None
    others = f" and {len(changed) - 1} others" if len(changed) > 1 else ""
    return f"{changed[-1].path}{others} changed"


def find_format(setup: Setup, position: Position) -> str | None:
    """Say which format the lines after a position have; ``None``: nothing tells it yet.

    Raises:
        ConfigError: no line fits the format, or a path names nothing.
        OSError: a file may not be read.
    """
    files = list_files(setup.config, setup.source_id, began=bool(position.streams))
    return choose_format(setup, match_files(files, position).works, position).format


def settle(setup: Setup, position: Position) -> Plan:
    """Match files and streams, once no copy is under way.

    A file that is copied for long is left out; it is met in a later pass.
    """
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        files = list_files(setup.config, setup.source_id, began=bool(position.streams))
        plan = match_files(files, position)
        if not plan.unsettled or setup.stopped.is_set():
            return plan
        if time.monotonic() > deadline:
            return match_files([file for file in files if file not in plan.unsettled], position)
        setup.stopped.wait(_LOOK_SECONDS)


def origin_of(setup: Setup, name: str | None) -> Origin:
    """Say how the lines of this source are read, in the format found."""
    return Origin(
        source_id=setup.source_id,
        parsers=lambda state: make_parser(setup, name, state),
        routes=Routes(patterns=setup.config.routes, infer=setup.config.infer_routes),
        span=setup.span,
        size=setup.block_bytes,
        lines=setup.block_lines,
    )


def gather(pieces: Iterable[Piece], lines: int) -> Iterator[tuple[tuple[Piece, ...], bool]]:
    """Put pieces together, up to so many lines, or fewer where they are long.

    Says which group is the last, maybe an empty one.
    """
    pending: list[Piece] = []
    count = octets = 0
    for piece in pieces:
        count, octets = count + piece.lines, octets + piece.octets
        if pending and (count > lines or octets > _BATCH_BYTES):
            yield tuple(pending), False
            pending, count, octets = [], piece.lines, piece.octets
        pending.append(piece)
    yield tuple(pending), True


def build_batch(
    pieces: Iterable[Piece], cursor: Cursor | None, remaining: int | None = None
) -> EventBatch:
    """Make one batch of pieces."""
    tables = [piece.events for piece in pieces if piece.events is not None]
    return EventBatch(
        events=pa.concat_tables(tables) if tables else BATCH_SCHEMA.empty_table(),
        cursor=cursor,
        remaining=remaining,
        estimated=bool(remaining),
        quarantined=tuple(bad for piece in pieces for bad in piece.bad),
    )


class Tally:
    """How far each stream has been given in the course of a pass."""

    def __init__(self, position: Position, plan: Plan) -> None:
        self._before = position
        self._plan = plan
        self._states: dict[str, StreamState] = {
            work.state.identity: work.state for work in plan.works
        }

    @property
    def format(self) -> str | None:
        """The format found."""
        return self._before.format

    def take(self, pieces: Iterable[Piece]) -> None:
        """Note what has been given."""
        self._states.update((piece.state.identity, piece.state) for piece in pieces)

    def position(self, *, ended: bool = False) -> Position:
        """Where the pass stands; with ``ended``, what has nothing to give is known as well."""
        plan = self._plan
        begun = (state for state in self._states.values() if state.offset or state.stamp)
        idle = {file.stamp for file in plan.idle} if ended else set(self._before.idle)
        return self._before.model_copy(
            update={
                "streams": (*plan.gone[-REMEMBERED:], *plan.done, *begun),
                "idle": tuple(sorted(idle)),
            }
        )
