"""How often Daybook looks, how long a run may read, how long it is kept: numbers with defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sources import ConfigError

_VARIABLES: Final = {
    "DAYBOOK_TICK_SECONDS": "tick",
    "DAYBOOK_BUDGET_SECONDS": "budget",
    "DAYBOOK_SWEEP_SECONDS": "sweep",
}
_KEEP: Final = "DAYBOOK_KEEP_DAYS"
_DAY: Final = 86_400
_LONGEST_KEEP: Final = 36_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The rhythm of sensors and runs.

    Attributes:
        tick: between two ticks of a source's sensor.
        budget: how long one sync run reads; what is left is the next one's.
        sweep: between two looks for windows that the lake has missed; also the shortest time
            between two writings of an open day's file.
        keep: how long Dagster's records of runs and ticks are kept; whole days.
    """

    tick: timedelta = timedelta(seconds=30)
    budget: timedelta = timedelta(minutes=10)
    sweep: timedelta = timedelta(minutes=15)
    keep: timedelta = timedelta(days=14)

    @property
    def max_runtime(self) -> int:
        """Seconds after which a run is taken for dead: three budgets."""
        return round(3 * self.budget.total_seconds())


def read_pace(environ: Mapping[str, str]) -> Pace:
    """Read ``DAYBOOK_TICK_SECONDS``, ``…BUDGET_SECONDS``, ``…SWEEP_SECONDS`` and ``…KEEP_DAYS``.

    Raises:
        ConfigError: not a number from 1 on.
    """
    given = {}
    for variable, name in _VARIABLES.items():
        text = environ.get(variable)
        if text:
            given[name] = timedelta(seconds=_read_seconds(variable, text))
    if text := environ.get(_KEEP):
        given["keep"] = timedelta(days=_read_days(text))
    return Pace(**given)


def _read_seconds(variable: str, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= _DAY:
        raise ConfigError(
            f"{variable} is {text!r}, not a number of seconds from 1 to 86400",
            remedy=f"Correct {variable}, or leave it out",
        )
    return seconds


def _read_days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _LONGEST_KEEP:
        raise ConfigError(
            f"{_KEEP} is {text!r}, not a whole number of days from 1 to {_LONGEST_KEEP}",
            remedy=f"Correct {_KEEP}, or leave it out",
        )
    return int(text)
