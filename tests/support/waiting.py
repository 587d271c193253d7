"""Waiting for something to become true, with a deadline instead of a nap."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 300.0
"""Seconds that a step of Dagster's processes may take: after three killed runs the pause of the
sensor, two starts of a process and two ticks are a minute on a machine that does nothing else."""
_POLL = 0.02


def wait_until(
    predicate: Callable[[], Found], timeout: float, what: str, *, poll: float = _POLL
) -> Found:
    """Ask ``predicate`` every ``poll`` seconds until it gives something true, and return that.

    Raises:
        AssertionError: it stayed false for ``timeout`` seconds; the message names ``what``.
    """
    deadline = time.monotonic() + timeout
    while not (found := predicate()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s in vain for {what}")
        time.sleep(poll)
    return found
