"""Measure on one made-up repository: ``python -m benchmarks.github --pairs 5``."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from benchmarks.commands import PEERS_PYTHON
from benchmarks.github.sides import Asked, Site, served
from benchmarks.pairs import alternate, say
from benchmarks.report import Goal, Line, print_lines

PERCEVAL: Final = "Perceval"
_CONDITIONS: Final = """\
{issues} issues and {pulls} pull requests, {pairs} pairs by turns; a server in its own process.
Events are those that both tell: opened, comments, reviews, comments on lines.
Times are from the start of a process to its end; answers are so many ms on their way."""
_WAYS: Final = {True: "GraphQL for pull requests", False: "REST alone"}
_Measured = tuple[str, str, Callable[[Asked], float], Goal | None]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the lines."""
    options = _parser().parse_args(arguments)
    beside = options.peers != "none"
    if beside and not PEERS_PYTHON.exists():
        say("the peers are not installed; `make peers` does that. Daybook alone now")
        beside = False
    lines: list[Line] = []
    with served(options.issues, options.pulls) as site:
        for site.latency in dict.fromkeys((0.0, options.latency)):
            for graphql in (True, False):
                lines += contest(site, options.pairs, graphql=graphql, beside=beside)
    notes = _CONDITIONS.format(**vars(options)).splitlines()
    print_lines(lines, notes, as_json=options.json)


def contest(site: Site, pairs: int, *, graphql: bool, beside: bool) -> Iterator[Line]:
    """One way of asking for pull requests beside Perceval's."""
    way = f"{_WAYS[graphql]}, {site.latency:g} ms"

    def read() -> Asked:
        return site.read_daybook(graphql=graphql)

    if beside:
        ours, theirs = alternate(pairs, way, read, site.read_perceval)
        _compare(ours, theirs)
    else:
        ours, theirs = [read() for _ in range(pairs)], []
    for what, unit, measure, goal in _lines(site, graphql=graphql):
        yield Line(
            what=f"{what}: {way}",
            unit=unit,
            values=tuple(map(measure, ours)),
            peer=PERCEVAL if theirs else "",
            beside=tuple(map(measure, theirs)),
            goal=goal if theirs else None,
        )


def _lines(site: Site, *, graphql: bool) -> Iterator[_Measured]:
    """Say what is measured; the goal for speed is that of the usual way."""
    quick = Goal(limit=3 if site.latency else 1, at="least", of="ratio")
    yield "events a second", "/s", _pace, quick if graphql else None
    if not site.latency:
        yield "requests an event", "", _requests, Goal(limit=1, at="most", of="ratio")
        yield "its own processors' time an event", "ms", _cpu, None


def _pace(asked: Asked) -> float:
    return asked.events / asked.taken.seconds


def _requests(asked: Asked) -> float:
    return asked.requests / asked.events


def _cpu(asked: Asked) -> float:
    return 1_000 * asked.taken.cpu / asked.events


def _compare(ours: Sequence[Asked], theirs: Sequence[Asked]) -> None:
    """See that both told the same: a quick reading of half of it is none.

    Raises:
        RuntimeError: they did not.
    """
    told = {asked.events for asked in (*ours, *theirs)}
    if len(told) != 1:
        raise RuntimeError(f"the two sides told differently many events: {sorted(told)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.github", description=__doc__)
    parser.add_argument("--pairs", type=int, default=5, help="how often each side runs")
    parser.add_argument("--issues", type=int, default=500, help="how many there are")
    parser.add_argument("--pulls", type=int, default=300, help="pull requests beside them")
    parser.add_argument(
        "--latency", type=float, default=10.0, help="ms an answer is on its way, beside none"
    )
    parser.add_argument("--peers", choices=("all", "none"), default="all", help="whom beside")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


if __name__ == "__main__":
    main()
