"""Measure parsing: ``python -m benchmarks.logs --lines 2000000 --pairs 3``."""

import argparse
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from benchmarks.logs.made import combined_log
from benchmarks.logs.read import match_lines
from benchmarks.logs.whole import whole_lines
from benchmarks.pairs import alternate
from benchmarks.report import Goal, Line, print_lines
from sources.api_log.detection import create_parser
from sources.api_log.events import request_events
from sources.api_log.settings import ParsingConfig

_BLOCK: Final = 8 << 20
_NOTES: Final = """\
Combined lines made here, in memory. The other side is a compiled regular expression of bytes, line
by line, its groups as a tuple and nothing made of them: no number, no time, no redaction.
Processor time counts all threads; on a machine that does other things it is the one to look at.
From the file on, whole processes by turns: Daybook's three, GoAccess, the same regular expression.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one run took, in seconds."""

    wall: float
    processor: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure with one thread and with two, and print the lines."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.logs", description=__doc__)
    parser.add_argument("--lines", type=int, default=2_000_000, help="lines of the log")
    parser.add_argument("--pairs", type=int, default=3, help="how often each side runs")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    blocks = _blocks(combined_log(options.lines))
    lines = []
    for threads, least in ((1, None), (2, 4.0)):
        lines += _contest(blocks, threads, least, options)
    lines += _events(blocks, options)
    lines += whole_lines(options.lines, options.pairs)
    print_lines(lines, _NOTES.splitlines(), as_json=options.json)


def _contest(
    blocks: Sequence[bytes], threads: int, least: float | None, options: argparse.Namespace
) -> list[Line]:
    ours, theirs = alternate(
        options.pairs,
        f"{threads} thread(s)",
        lambda: _spent(lambda: _parse(blocks, threads, options.lines)),
        lambda: _spent(lambda: _match(blocks, options.lines)),
    )
    found = []
    for name, goal in (("wall", least), ("processor", None)):
        found.append(
            Line(
                what=f"lines to Arrow, {threads} thread(s), {name}",
                unit="lines/s",
                values=tuple(options.lines / getattr(run, name) for run in ours),
                peer="a regular expression, one thread",
                beside=tuple(options.lines / getattr(run, name) for run in theirs),
                goal=None if goal is None else Goal(limit=goal, at="least", of="ratio"),
            )
        )
    return found


def _events(blocks: Sequence[bytes], options: argparse.Namespace) -> list[Line]:
    parser = create_parser(ParsingConfig(format="combined"))
    tables = [parser.parse(block, 0).table for block in blocks]

    def run() -> None:
        for table in tables:
            request_events(table, source_id="bench", identity="made")

    runs = [_spent(run) for _ in range(options.pairs)]
    values = tuple(options.lines / spent.processor for spent in runs)
    return [Line(what="rows to events, 1 thread, processor", unit="rows/s", values=values)]


def _parse(blocks: Sequence[bytes], threads: int, expected: int) -> None:
    parser = create_parser(ParsingConfig(format="combined"))
    with ThreadPoolExecutor(threads) as pool:
        total = sum(pool.map(lambda block: parser.parse(block, 0).table.num_rows, blocks))
    _all(total, expected)


def _match(blocks: Sequence[bytes], expected: int) -> None:
    _all(sum(match_lines(iter(block.splitlines())) for block in blocks), expected)


def _all(found: int, expected: int) -> None:
    if found != expected:
        raise SystemExit(f"{found} of {expected} lines were read")


def _spent(run: Callable[[], None]) -> Spent:
    wall, processor = time.perf_counter(), time.process_time()
    run()
    return Spent(wall=time.perf_counter() - wall, processor=time.process_time() - processor)


def _blocks(log: bytes) -> list[bytes]:
    blocks = []
    start = 0
    while start < len(log):
        stop = log.find(b"\n", start + _BLOCK) + 1 or len(log)
        blocks.append(log[start:stop])
        start = stop
    return blocks


if __name__ == "__main__":
    main()
