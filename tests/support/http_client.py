"""A client of the server on this machine, and what it says while it waits."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sources.github.limits import GitHubPace
from sources.http import HttpClient, Waiting
from tests.support.github import GitHubServer, Repository, Site, StillClock, github_server

SECRET = "ghp_s3cr3t0fTheReader"  # noqa: S105
REPOSITORY = "/repos/octo/demo"


@dataclass
class Reader:
    """Makes clients of a server.

    Attributes:
        server: with a repository ``octo/demo`` and a secret that opens it.
        waits: what the clients said.
        stopped: ends them.
    """

    server: GitHubServer
    waits: list[Waiting] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def clock(self) -> StillClock:
        return self.server.site.clock

    @property
    def repository(self) -> Repository:
        found = self.server.site.find("octo/demo")
        assert found is not None
        return found

    def client(self, base_url: str | None = None, **what: Any) -> HttpClient:
        """Make one; ``what`` as the arguments of ``HttpClient``."""
        usual: dict[str, Any] = {
            "source_id": "demo",
            "headers": {"Accept": "application/vnd.github+json", "User-Agent": "daybook"},
            "authorise": lambda: f"Bearer {SECRET}",
            "pace": GitHubPace(),
            "say": self.waits.append,
            "stopped": self.stopped,
            "clock": self.server.site.clock,
        }
        return HttpClient(base_url or self.server.url, **{**usual, **what})


@contextmanager
def reading() -> Iterator[Reader]:
    """Serve a site with an empty ``octo/demo``."""
    site = Site()
    site.token(SECRET)
    site.repository("octo/demo")
    with github_server(site) as server:
        yield Reader(server)
