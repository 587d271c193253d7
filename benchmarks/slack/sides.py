"""Both sides that ask the server, each one run of one command."""

import sys
from collections.abc import Callable

from benchmarks.commands import PEERS_PYTHON, ROOT
from benchmarks.served import Asked, Served

PAGE = "999"
"""Messages of the longest page that Slack gives."""


def daybook(site: Served, *, threads: bool) -> Callable[[], Asked]:
    """Let the source read, with replies or without."""
    how = ["threads"] if threads else []
    reader = [sys.executable, "-m", "benchmarks.slack.read"]
    return lambda: site.read([*reader, site.about["url"], site.about["secret"], *how])


def perceval(site: Served, *, mended: bool = False) -> Callable[[], Asked]:
    """Let Perceval read, as it is or with its size of a page put right."""
    script = ROOT / "benchmarks" / "peers" / "perceval_slack_reading.py"
    about = [site.about[name] for name in ("url", "secret", "channels")]
    return lambda: site.read([PEERS_PYTHON, script, *about, *([PAGE] if mended else [])])
