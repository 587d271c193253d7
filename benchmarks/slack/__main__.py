"""Measure on one made-up workspace: ``python -m benchmarks.slack --pairs 3``."""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

from benchmarks.asking import PERCEVAL, Way, contest, parser, peers_are_there
from benchmarks.pairs import say
from benchmarks.report import Goal, Line, print_lines
from benchmarks.served import Served, served
from benchmarks.slack.passes import Passed, passes
from benchmarks.slack.sides import daybook, perceval

_CONDITIONS: Final = """\
{channels} channels that show {messages} messages each, over {days} days.
An eighth of them begin a thread of two replies; Perceval reads no replies.
{pairs} pairs by turns; a server in its own process, whose limits are off.
Times are from the start of a process to its end; answers are so many ms on their way."""
_MENDED: Final = "Perceval, 999 a page"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the lines."""
    options = _parser().parse_args(arguments)
    sizes = (options.channels, options.messages, options.days)
    notes = _CONDITIONS.format(**vars(options)).splitlines()
    lines: list[Line] = []
    if options.only != "passes":
        beside = peers_are_there(options.peers)
        with served("tests.support.slack.serve", *sizes) as site:
            for site.latency in dict.fromkeys((0.0, options.latency)):
                for way in _ways(site, beside=beside):
                    lines += contest(way, options.pairs, site.latency)
    if options.only != "reading":
        say("readings at Slack's limits, one after the other")
        notes.append("Waiting is for Slack's limits alone: answers are there at once.")
        for passed in asyncio.run(passes(*sizes)):
            notes.append(str(passed))
            lines += _passed(passed)
    print_lines(lines, notes, as_json=options.json)


def _ways(site: Served, *, beside: bool) -> Iterator[Way]:
    """Give the ways of reading; only without replies both sides read the same."""
    theirs = {PERCEVAL: perceval(site), _MENDED: perceval(site, mended=True)}
    for peer, read in theirs.items() if beside else [("", None)]:
        yield Way(
            words="without replies",
            thing="a message",
            read=daybook(site, threads=False),
            beside=read,
            peer=peer,
            pace=_pace,
        )
    yield Way(
        words="with replies",
        thing="a message",
        read=daybook(site, threads=True),
        beside=perceval(site) if beside else None,
        alike="shown",
        requests=None,
    )


def _pace(latency: float) -> Goal:
    return Goal(limit=3 if latency else 1, at="least", of="ratio")


def _passed(passed: Passed) -> Iterator[Line]:
    yield Line(what=f"calls: {passed.name}", unit="", values=(passed.calls.total(),))
    yield Line(what=f"waiting: {passed.name}", unit="min", values=(passed.minutes,))
    yield Line(what=f"messages given: {passed.name}", unit="", values=(passed.given,))


def _parser() -> argparse.ArgumentParser:
    made = parser("benchmarks.slack", __doc__)
    made.add_argument("--channels", type=int, default=20, help="how many there are")
    made.add_argument("--messages", type=int, default=2_000, help="that each shows")
    made.add_argument("--days", type=int, default=365, help="from the first to the last")
    made.add_argument("--only", choices=("all", "reading", "passes"), default="all", help="part")
    return made


if __name__ == "__main__":
    main()
