"""Measure writing: ``python -m benchmarks.store --rows 100000 --pairs 3``."""

import argparse
from collections.abc import Iterator, Sequence
from typing import Final

from benchmarks.commands import PEERS_PYTHON
from benchmarks.pairs import alternate
from benchmarks.report import Goal, Line, print_lines
from benchmarks.scratch import scratch
from benchmarks.store.rows import write_rows
from benchmarks.store.sides import Arena, Written
from resources.embedded import EmbeddedPostgres

_FRESH: Final = {"arrow": 2.5, "dict": 7.0}
_REPLAY: Final = 10.0
_CONDITIONS: Final = """\
One bundled PostgreSQL with its ordinary settings, a fresh database for each run.
Only the loading is timed, not the start of the process, nor reading the rows, nor migrations.
Daybook writes batches of 2,000, each a transaction of its own; dlt loads all rows at once.
The ratio says how many times as quick Daybook is; for sizes, its part of the other. dlt makes no
indexes for searching.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure beside each of dlt's ways, and print the lines."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="events to write")
    parser.add_argument("--pairs", type=int, default=3, help="how often each side runs")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    if not PEERS_PYTHON.exists():
        raise SystemExit("dlt is not installed: make peers")
    with scratch() as place:
        arena = Arena(
            server=EmbeddedPostgres(place.home),
            folder=place.folder,
            rows=place.folder / "rows.arrow",
        )
        write_rows(arena.rows, options.rows)
        lines = [line for kind in _FRESH for line in _contest(arena, kind, options)]
    print_lines(lines, _notes(options), as_json=options.json)


def _contest(arena: Arena, kind: str, options: argparse.Namespace) -> Iterator[Line]:
    """Daybook and one of dlt's ways by turns: fresh rows, then all of them again."""
    ours, theirs = alternate(options.pairs, f"dlt, {kind}", arena.daybook, lambda: arena.dlt(kind))
    peer = f"dlt merge, {kind}"
    fresh, replay = _seconds(theirs, "fresh"), _seconds(theirs, "replay")

    def line(what: str, name: str, beside: tuple[float, ...], least: float | None) -> Line:
        goal = None if least is None else Goal(limit=least, at="least", of="ratio")
        values = _seconds(ours, name)
        return Line(
            what=what, unit="s", values=values, peer=peer, beside=beside, quick=True, goal=goal
        )

    yield line(f"{options.rows} fresh rows stored", "stored", fresh, _FRESH[kind])
    yield line("  with the indexes for searching built", "fresh", fresh, None)
    yield line("the same rows again, unchanged", "replay", replay, _REPLAY)
    yield Line(what="  of it, making their digests", unit="s", values=_seconds(ours, "digests"))
    for what in ("table", "indexes"):
        yield Line(
            what=f"size of all: {what}",
            unit="MB",
            values=tuple(getattr(written, what) for written in ours),
            peer=peer,
            beside=tuple(getattr(written, what) for written in theirs),
        )


def _seconds(runs: Sequence[Written], name: str) -> tuple[float, ...]:
    return tuple(written.seconds[name] for written in runs)


def _notes(options: argparse.Namespace) -> list[str]:
    measured = f"{options.rows} events with about 200 bytes of text, {options.pairs} pairs by turns"
    return [f"{measured}.", *_CONDITIONS.splitlines()]


if __name__ == "__main__":
    main()
