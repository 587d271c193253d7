"""How an API says that it wants to be left alone for a while."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sources.http.answer import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Nothing may be sent for a while; then the same is asked again.

    Attributes:
        reason: in words.
        seconds: how long; ``None``: the service did not say, so a minute, and twice as long each
            time it repeats that.
    """

    reason: str
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """An answer that may be wrong: what was asked is asked again, ``tries`` times in all.

    Attributes:
        reason: in words.
        tries: after so many the answer is believed.
    """

    reason: str
    tries: int = 2


class Pace(ABC):
    """What one API's answers say of its limits."""

    @abstractmethod
    def judge(self, answer: Answer, now: datetime) -> Hold | Again | None:
        """Say what an answer below 500 asks for; ``None``: it is for the caller.

        A pace that finds no word of a limit invents none.
        """


def seconds_asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read ``Retry-After``, seconds or a date; ``None``: it is not there or makes no sense.

    >>> seconds_asked({"Retry-After": "30"}, datetime(2024, 5, 1, tzinfo=UTC))
    30.0
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    moment = read_date(text)
    return None if moment is None else max((moment - now).total_seconds(), 0.0)


def read_date(text: str) -> datetime | None:
    """Read a date as HTTP writes it, UTC; ``None``: it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
