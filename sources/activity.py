"""What a source does while there are no events to count, said through the log.

Whoever shows how far things are hears it there: a record of this module's logger carries the
numbers (:func:`heard`), and its text says the same to whoever reads the log.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """How far a source is with something that is no reading of events.

    Attributes:
        source_id: whose.
        what: with what, as ``fetch``.
        done: so much of it.
        total: of so much.
        unit: of what.
    """

    source_id: str
    what: str
    done: int
    total: int
    unit: str

    def __str__(self) -> str:
        """The words that a log has for it.

        >>> print(Activity(source_id="demo", what="fetch", done=5, total=7, unit="object"))
        demo (fetch): 5 of 7 objects
        """
        return f"{self.source_id} ({self.what}): {self.done:,} of {self.total:,} {self.unit}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A pause that a service asked for or that a fault needs, told before it begins.

    Attributes:
        source_id: whose.
        reason: in words, the end of "waiting: …".
        until: the moment at which it goes on, UTC.
        seconds: from now to then.
    """

    source_id: str
    reason: str
    until: datetime
    seconds: float

    def __str__(self) -> str:
        """The words that a log has for it.

        >>> from datetime import UTC
        >>> until = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
        >>> print(Waiting(source_id="demo", reason="the quota is used up", until=until, seconds=90))
        demo: the quota is used up; waiting 90 s, until 12:30:00 UTC
        """
        moment = f"{self.until:%H:%M:%S} UTC"
        return f"{self.source_id}: {self.reason}; waiting {self.seconds:.0f} s, until {moment}"


def tell(told: Activity | Waiting) -> None:
    """Say it; a wait is a warning, since nothing else happens meanwhile."""
    level = logging.WARNING if isinstance(told, Waiting) else logging.INFO
    logger.log(level, "%s", told, extra={"activity": told})


def heard(record: logging.LogRecord) -> Activity | Waiting | None:
    """Give what a record of the log tells of; ``None``: of something else."""
    told = getattr(record, "activity", None)
    return told if isinstance(told, Activity | Waiting) else None
