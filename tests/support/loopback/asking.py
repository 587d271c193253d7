"""What is asked and answered, before it becomes bytes."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True, kw_only=True)
class Raw:
    """A request as it came.

    Attributes:
        target: path and query.
        headers: by their names in small letters.
        content: its bytes, none where there was no body.
    """

    method: str
    target: str
    headers: dict[str, str]
    content: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, understood.

    Attributes:
        path: below the interface's base, without the query.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def line(self) -> str:
        tail = f"?{urlencode(self.query)}" if self.query else ""
        return f"{self.method} {self.path}{tail}"


@dataclass(kw_only=True)
class Given:
    """One answer.

    Attributes:
        kind: of the request, to count by.
        content: the data as it goes out, once that was made.
        packed: the same by gzip, once that was made.
    """

    status: int = 200
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    content: bytes = b""
    packed: bytes = b""
