"""What a source does before there are events to count, said through the log.

Whoever shows how far things are hears it there: a record of this module's logger carries the
numbers (:func:`heard`), and its text says the same to whoever reads the log.
"""

import logging
from dataclasses import dataclass

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


def tell(activity: Activity) -> None:
    """Say it."""
    logger.info("%s", activity, extra={"activity": activity})


def heard(record: logging.LogRecord) -> Activity | None:
    """Give what a record of the log tells of; ``None``: of something else."""
    told = getattr(record, "activity", None)
    return told if isinstance(told, Activity) else None
