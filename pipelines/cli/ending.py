"""How ``daybook up --once`` ends: nothing new begins, what has begun comes to its own end."""

import time
from collections.abc import Callable
from typing import Final

from pipelines.cli.address import WebUI
from pipelines.cli.children import Children
from pipelines.cli.runs import find_under_way
from pipelines.wording import counted

_POLL_SECONDS: Final = 0.5
_SILENCE_SECONDS: Final = 60.0
"""After which the web server will not answer any more."""


def end_work(
    web: WebUI, children: Children, since: float, patience: float, say: Callable[[str], None]
) -> None:
    """End the daemon, which alone asks for runs, and wait for the runs that have begun.

    Events are stored before a run has announced their windows; ended there, it would have failed.

    Args:
        web: says which runs are under way.
        children: Dagster's processes.
        since: when they were started, in seconds since 1970; older runs do not count.
        patience: seconds after which a run is taken for dead.
        say: told of what is waited for.
    """
    children.end("daemon")
    heard = time.monotonic()
    deadline = heard + patience
    begun = None
    # An answer that cannot be had is none; a run of another machine may follow the last one here.
    while (left := find_under_way(web, since, begun)) or left is None:
        if begun is None and left:
            begun = left
            say(f"Waiting for {counted(len(left), 'run')} to end")
        now = time.monotonic()
        heard = heard if left is None else now
        if now > deadline or now > heard + _SILENCE_SECONDS:
            return
        children.watch()
        time.sleep(_POLL_SECONDS)
