"""Two sides by turns: A B A B …, so that a machine that slows down slows both."""

import sys
from collections.abc import Callable
from typing import TypeVar

Ours = TypeVar("Ours")
Theirs = TypeVar("Theirs")


def say(text: str) -> None:
    """Show how far a measurement is; the answer goes elsewhere."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def alternate(
    pairs: int, name: str, ours: Callable[[], Ours], theirs: Callable[[], Theirs]
) -> tuple[list[Ours], list[Theirs]]:
    """Let both sides run by turns, after one run of each that does not count.

    That one puts files into memory and programs into bytecode, for both.

    Args:
        pairs: how often.
        name: of the contest, for those who wait.
        ours: one run of Daybook.
        theirs: one run of what it is beside.
    """
    first: list[Ours] = []
    second: list[Theirs] = []
    say(f"{name}: a run of each that does not count")
    ours()
    theirs()
    for number in range(1, pairs + 1):
        first.append(ours())
        say(f"{name}: pair {number} of {pairs}, Daybook: {first[-1]}")
        second.append(theirs())
        say(f"{name}: pair {number} of {pairs}, beside it: {second[-1]}")
    return first, second
