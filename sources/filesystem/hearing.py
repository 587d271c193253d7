"""What git says on stderr while it speaks to a server: how far it is, what went wrong, and why.

Of its trace of HTTP, which goes there too, only the last status and the wish to wait are kept;
a secret is in none of it, and if it were, it would be taken out of what is repeated.
"""

import re
import time
from collections import deque
from collections.abc import Collection
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from sources.activity import Activity, tell

REPORT_SECONDS: Final = 5.0
"""How often it is said how far a transfer is."""

_TRACE: Final = re.compile(r"\d\d:\d\d:\d\d\.\d+ \S+\.c:\d+ ")
_HEADER: Final = re.compile(r"<= Recv header: (.*)$")
_STATUS: Final = re.compile(r"HTTP/[\d.]+ (\d{3})\b")
_RETRY: Final = re.compile(r"retry-after:\s*(.+?)\s*$", re.IGNORECASE)
_COUNT: Final = re.compile(r"([A-Z][a-z]+ [a-z]+): +\d+% \((\d+)/(\d+)\)")
_COMPLAINT: Final = re.compile(
    r"(fatal|error|warning): |remote: (?!Enumerating|Counting|Compressing|Total)"
)
_UNPRINTABLE: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x1f\x7f-\x9f]")
_LONGEST_WAIT: Final = 86_400.0
_KEPT: Final = 12
_LONGEST: Final = 400

_PHASES: Final = {
    "Receiving objects": ("fetch", "object"),
    "Resolving deltas": ("unpack", "delta"),
}


class Hearing:
    """Listens to one git command.

    Attributes:
        status: of the server's last answer by HTTP.
        retry_after: seconds that it asked to wait.
    """

    def __init__(self, source_id: str, secrets: Collection[str]) -> None:
        self.status: int | None = None
        self.retry_after: float | None = None
        self._source_id = source_id
        self._secrets = sorted(secrets, key=len, reverse=True)
        self._said: deque[str] = deque(maxlen=_KEPT)
        self._told: dict[str, float] = {}

    def hear(self, line: bytes) -> None:
        """Take one line."""
        text = line.decode("utf-8", "replace")
        if _TRACE.match(text):
            self._note_header(text)
        elif count := _COUNT.search(text):
            ended = text.rstrip().endswith("done.")
            self._report(count[1], int(count[2]), int(count[3]), ended=ended)
        elif _COMPLAINT.match(text):
            self._said.append(_UNPRINTABLE.sub(" ", text)[:_LONGEST].strip())

    @property
    def complaint(self) -> str:
        """What went wrong, in git's words, and without a secret."""
        text = "; ".join(dict.fromkeys(self._said))
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def _note_header(self, text: str) -> None:
        header = _HEADER.search(text)
        if header is None:
            return
        if status := _STATUS.match(header[1]):
            self.status, self.retry_after = int(status[1]), None
        elif wish := _RETRY.match(header[1]):
            self.retry_after = parse_wait(wish[1], datetime.now(UTC))

    def _report(self, phase: str, done: int, total: int, *, ended: bool) -> None:
        """Say how far it is: now and then, and at the end."""
        now = time.monotonic()
        last = self._told.setdefault(phase, now)
        if phase in _PHASES and (ended or now - last >= REPORT_SECONDS):
            self._told[phase] = now
            what, unit = _PHASES[phase]
            tell(Activity(source_id=self._source_id, what=what, done=done, total=total, unit=unit))


def parse_wait(text: str, now: datetime) -> float | None:
    """Read a ``Retry-After``: seconds, a day's at most, or a moment; ``None``: neither.

    Args:
        text: the header's value.
        now: the moment it came, aware.

    >>> parse_wait("30", datetime(2024, 1, 1, tzinfo=UTC))
    30.0
    >>> parse_wait("Mon, 01 Jan 2024 00:01:00 GMT", datetime(2024, 1, 1, tzinfo=UTC))
    60.0
    >>> parse_wait("9" * 400, datetime(2024, 1, 1, tzinfo=UTC))
    86400.0
    """
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), _LONGEST_WAIT)
