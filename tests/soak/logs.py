"""Logs at random, rotated in every manner, read and killed in between: each line once."""

from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.soak.tally import Tally, tell
from tests.support.log_histories import ALIKE, STEPS, History


def soak_logs(begin: int, wanted: int, seconds: float) -> Tally:
    """Live through so many histories of a log, or for so long; each has the next seed.

    Raises:
        AssertionError: a line is missing or doubled, or another event when read from nothing.
    """
    tally = Tally(what="logs", wanted=wanted, seconds=seconds)
    for number in count(begin):
        if tally.over:
            break
        with TemporaryDirectory(prefix="daybook-soak-") as directory:
            history = History(Path(directory), number, ALIKE[number % len(ALIKE)])
            try:
                history.live(STEPS)
                history.check()
            except BaseException:
                tell(f"logs: seed {number}")
                raise
            tally.add(*("lines" for _ in range(history.truth.total())))
    return tally
