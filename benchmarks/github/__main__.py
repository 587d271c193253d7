"""Measure on one made-up repository: ``python -m benchmarks.github --pairs 5``."""

import argparse
from collections.abc import Sequence
from typing import Final

from benchmarks.asking import Way, contest, parser, peers_are_there
from benchmarks.github.sides import daybook, perceval
from benchmarks.report import Goal, Line, print_lines
from benchmarks.served import served

_CONDITIONS: Final = """\
{issues} issues and {pulls} pull requests, {pairs} pairs by turns; a server in its own process.
Events are those that both tell: opened, comments, reviews, comments on lines.
Times are from the start of a process to its end; answers are so many ms on their way."""
_WAYS: Final = {True: "GraphQL for pull requests", False: "REST alone"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the lines."""
    options = _parser().parse_args(arguments)
    beside = peers_are_there(options.peers)
    lines: list[Line] = []
    with served("tests.support.github.serve", options.issues, options.pulls) as site:
        for site.latency in dict.fromkeys((0.0, options.latency)):
            for graphql, words in _WAYS.items():
                way = Way(
                    words=words,
                    thing="an event",
                    read=daybook(site, graphql=graphql),
                    beside=perceval(site) if beside else None,
                    pace=_pace if graphql else None,  # the usual way
                )
                lines += contest(way, options.pairs, site.latency)
    notes = _CONDITIONS.format(**vars(options)).splitlines()
    print_lines(lines, notes, as_json=options.json)


def _pace(_: float) -> Goal:
    return Goal(limit=3, at="least", of="ratio")


def _parser() -> argparse.ArgumentParser:
    made = parser("benchmarks.github", __doc__)
    made.add_argument("--issues", type=int, default=2_000, help="how many there are")
    made.add_argument("--pulls", type=int, default=1_200, help="pull requests beside them")
    return made


if __name__ == "__main__":
    main()
