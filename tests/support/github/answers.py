"""What is asked and answered, before it becomes bytes."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.support.github.things import Token


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request.

    Attributes:
        path: below the interface's base, without the query.
        token: the known secret it came with.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    token: Token | None = None

    @property
    def line(self) -> str:
        tail = f"?{urlencode(self.query)}" if self.query else ""
        return f"{self.method} {self.path}{tail}"


@dataclass(kw_only=True)
class Given:
    """One answer.

    Attributes:
        kind: of the request, to count by: the last words of its path, or ``graphql``.
        resource: whose quota it costs.
        cost: so much of it.
        content: the data as it goes out, once that was made.
    """

    status: int = 200
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    resource: str = "core"
    cost: int = 1
    content: bytes = b""


class Refusal(Exception):  # noqa: N818
    """An answer that is no success."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.given = Given(
            status=status,
            data={
                "message": message,
                "documentation_url": "https://docs.github.com/rest",
                "status": str(status),
            },
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
