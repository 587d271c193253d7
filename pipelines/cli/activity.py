"""What sources do while there are no events to count, shown where those are counted."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.cli.progress import Watch
from sources import activity


class _Listener(logging.Handler):
    """Hands on to a watch what sources tell of."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(logging.INFO)
        self._watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        """Show it."""
        told = activity.heard(record)
        match told:
            case activity.Activity():
                name = f"{told.source_id} ({told.what})"
                self._watch.show(name, told.done, told.total, told.unit)
            case activity.Waiting():
                self._watch.pause(told.source_id, told.until, told.reason)
            case None:
                pass


@contextmanager
def shown_activity(watch: Watch) -> Iterator[None]:
    """Show on ``watch`` what sources tell of, and log it only where all of that is asked for."""
    logger = activity.logger
    level, spread = logger.level, logger.propagate
    listener = _Listener(watch)
    logger.propagate = logger.isEnabledFor(logging.INFO)
    logger.setLevel(logging.INFO)
    logger.addHandler(listener)
    try:
        yield
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)
        logger.propagate = spread
