"""One way of asking a server beside a peer's, by turns, as lines."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.commands import PEERS_PYTHON
from benchmarks.pairs import alternate, say
from benchmarks.report import Goal, Line
from benchmarks.served import Asked

PERCEVAL: Final = "Perceval"
FEWER: Final = Goal(limit=1, at="most", of="ratio")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How Daybook asks.

    Attributes:
        words: what it is called.
        thing: what is told: ``an event``, ``a message``.
        read: one reading of Daybook's.
        beside: one of the peer's; ``None``: it is not there.
        peer: what that is called.
        alike: of an answer, what both sides have to tell as many of.
        pace: the goal for how many a second, at no latency and at some; ``None``: there is none.
        requests: the goal for requests for each of them.
    """

    words: str
    thing: str
    read: Callable[[], Asked]
    beside: Callable[[], Asked] | None
    peer: str = PERCEVAL
    alike: str = "events"
    pace: Callable[[float], Goal] | None = None
    requests: Goal | None = FEWER


_Measured = tuple[str, str, Callable[[Asked], float], Goal | None]


def contest(way: Way, pairs: int, latency: float) -> Iterator[Line]:
    """Measure a way of asking, answers being so many ms on their way.

    Raises:
        RuntimeError: the sides told differently many: a quick reading of half of it is none.
    """
    words = f"{way.words}, {latency:g} ms"
    if way.beside is not None:
        ours, theirs = alternate(pairs, f"{words}, {way.peer}", way.read, way.beside)
    else:
        ours, theirs = [way.read() for _ in range(pairs)], []
    _compare((*ours, *theirs), way.alike)
    for what, unit, measure, goal in _measures(way, latency):
        yield Line(
            what=f"{what}: {words}",
            unit=unit,
            values=tuple(map(measure, ours)),
            peer=way.peer if theirs else "",
            beside=tuple(map(measure, theirs)),
            goal=goal if theirs else None,
        )


def _measures(way: Way, latency: float) -> Iterator[_Measured]:
    noun = way.thing.split()[-1]

    def alone(asked: Asked) -> float:
        """Say how many a second would come if nobody else took a processor's time."""
        waited = asked.requests * latency / 1_000
        return asked.events / (asked.taken.cpu + asked.server_cpu + waited)

    yield f"{noun}s a second", "/s", _pace, way.pace(latency) if way.pace else None
    yield f"{noun}s a second of processors and answers on their way", "/s", alone, None
    if not latency:
        yield f"requests {way.thing}", "", _requests, way.requests
        yield f"its own processors' time {way.thing}", "ms", _cpu, None
        yield f"the server's processors' time {way.thing}", "ms", _server_cpu, None


def _pace(asked: Asked) -> float:
    return asked.events / asked.taken.seconds


def _requests(asked: Asked) -> float:
    return asked.requests / asked.events


def _cpu(asked: Asked) -> float:
    return 1_000 * asked.taken.cpu / asked.events


def _server_cpu(asked: Asked) -> float:
    return 1_000 * asked.server_cpu / asked.events


def _compare(told: Sequence[Asked], alike: str) -> None:
    found = {int(asked.taken.answer[alike]) for asked in told}
    if len(found) != 1:
        raise RuntimeError(f"not all told as many {alike}: {sorted(found)}")


def parser(program: str, description: str | None) -> argparse.ArgumentParser:
    """Make a parser of the arguments that every such contest has."""
    made = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    made.add_argument("--pairs", type=int, default=5, help="how often each side runs")
    made.add_argument(
        "--latency", type=float, default=10.0, help="ms an answer is on its way, beside none"
    )
    made.add_argument("--peers", choices=("all", "none"), default="all", help="whom beside")
    made.add_argument("--json", action="store_true", help="print JSON")
    return made


def peers_are_there(asked: str) -> bool:
    """Whether peers were asked for and are installed; say so if they are not."""
    if asked != "none" and not PEERS_PYTHON.exists():
        say("the peers are not installed; `make peers` does that. Daybook alone now")
    return asked != "none" and PEERS_PYTHON.exists()
