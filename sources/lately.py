"""What one call of a source found out, for another that follows at once."""

import time
from typing import Final, Generic, TypeVar

Found = TypeVar("Found")

_FRESH_SECONDS: Final = 5.0


class Lately(Generic[Found]):
    """Holds what was found for 5 seconds, and gives it once.

    So what ``validate`` asked for need not be asked for again by the reading right behind it.
    """

    def __init__(self) -> None:
        self._held: tuple[float, Found] | None = None

    def keep(self, found: Found) -> None:
        """Hold it, instead of what was held."""
        self._held = time.monotonic(), found

    def take(self) -> Found | None:
        """Give it and hold it no more; ``None``: there is nothing so fresh."""
        held, self._held = self._held, None
        if held is None or time.monotonic() - held[0] >= _FRESH_SECONDS:
            return None
        return held[1]

    def drop(self) -> None:
        """Hold nothing."""
        self._held = None
