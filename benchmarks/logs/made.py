"""Access logs that are made up: deterministic, of any length."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/126.0.0.0 Safari/537.36"
    ),
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl/8.5.0",
    "-",
)
_PATHS = ("/", "/api/v1/items", "/api/v1/users/{}", "/static/app.{:08x}.js", "/search", "/login")
_METHODS = ("GET", "GET", "GET", "GET", "POST", "PUT", "DELETE", "HEAD")
_STATUSES = (200, 200, 200, 200, 304, 301, 404, 500)
_START = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of a made-up log."""

    moment: datetime
    client: str
    user: str
    method: str
    target: str
    status: int
    size: int
    referrer: str
    agent: str

    def combined(self) -> str:
        """The line that a web server would write."""
        return (
            f"{self.client} - {self.user} [{self.moment:%d/%b/%Y:%H:%M:%S +0000}]"
            f' "{self.method} {self.target} HTTP/1.1" {self.status} {self.size or "-"}'
            f' "{self.referrer}" "{self.agent}"'
        )


def make_requests(count: int, *, seed: int = 1) -> Iterator[Request]:
    """The same requests for the same seed."""
    random = Random(seed)  # noqa: S311
    moment = _START
    clients = [f"198.51.{random.randrange(100)}.{random.randrange(256)}" for _ in range(2_000)]
    for _ in range(count):
        moment += timedelta(milliseconds=random.randrange(400))
        path = random.choice(_PATHS).format(random.randrange(1 << 30))
        query = (
            f"?page={random.randrange(50)}&q=w{random.randrange(999)}" if path[-1] == "h" else ""
        )
        yield Request(
            moment=moment,
            client=random.choice(clients),
            user="ann" if not random.randrange(50) else "-",
            method=random.choice(_METHODS),
            target=path + query,
            status=random.choice(_STATUSES),
            size=random.randrange(50_000),
            referrer="-" if random.randrange(2) else f"https://www.example.org{path}",
            agent=random.choice(_AGENTS),
        )


def combined_log(count: int, *, seed: int = 1) -> bytes:
    """A log in the combined format."""
    return "".join(f"{item.combined()}\n" for item in make_requests(count, seed=seed)).encode()
