"""What goes wrong on demand."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.loopback.asking import Asked


@dataclass(kw_only=True)
class Fault:
    """What happens to the requests whose line (``GET /repos/…?…``) or body has ``match`` in it.

    Attributes:
        match: regular expression; empty: all requests.
        times: so many of them; ``None``: for good.
        after: so many of them are served first.
        when: whether it happens to this request, if ``match`` does not say enough.
        drop: hang up instead of answering.
        status: answered instead of serving.
        data: with that status.
        headers: with the answer.
        kind: of the content, as ``text/html``; what ``data`` is then goes out as it is.
        cut: bytes of the answer after which the connection is cut.
        truncate: bytes of the JSON that are sent as if they were all.
        hold: until when the rest of the answer is not sent, ``cut`` bytes of it sent before.
        reached: set when a request waits there.
        act: done before the request is served, as to change the site in the middle of a scan.
    """

    match: str = ""
    times: int | None = 1
    after: int = 0
    when: Callable[[Any], bool] = lambda _: True
    drop: bool = False
    status: int | None = None
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json; charset=utf-8"
    cut: int | None = None
    truncate: int | None = None
    hold: threading.Event | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    act: Callable[[], object] = lambda: None

    def meets(self, asked: Asked) -> bool:
        """Say whether this request is one of them, and count it."""
        if self.times == 0 or not self.when(asked):
            return False
        if not re.search(self.match, f"{asked.line} {asked.body or ''}"):
            return False
        if self.after:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True
