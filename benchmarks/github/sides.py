"""Both sides that ask the server, each one run of one command."""

import sys
from collections.abc import Callable

from benchmarks.commands import PEERS_PYTHON, ROOT
from benchmarks.served import Asked, Served


def daybook(site: Served, *, graphql: bool) -> Callable[[], Asked]:
    """Let the source read, pull requests many at a time or one by one."""
    how = ["graphql"] if graphql else []
    command = [sys.executable, "-m", "benchmarks.github.read", *_arguments(site), *how]
    return lambda: site.read(command)


def perceval(site: Served) -> Callable[[], Asked]:
    """Let Perceval read."""
    script = ROOT / "benchmarks" / "peers" / "perceval_github_reading.py"
    return lambda: site.read([PEERS_PYTHON, script, *_arguments(site)])


def _arguments(site: Served) -> list[str]:
    return [site.about[name] for name in ("url", "name", "secret")]
