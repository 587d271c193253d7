"""How far it is: a bar for each source on a terminal, now and then a plain line otherwise."""

import sys
import time
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from pipelines.wording import counted

PLAIN_SECONDS: Final = 5.0
"""How often a plain line is written for each source."""


class Watch:
    """Shows counts by name on stderr while it is open; safe to call from several threads."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._written: dict[str, float] = {}
        self._last: dict[str, tuple[str, bool]] = {}
        self._said: set[str] = set()

    def __enter__(self) -> Self:
        """Begin to show."""
        if sys.stderr.isatty() and not self._quiet:
            self._bars = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[words]}"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )
            self._bars.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the terminal as it was."""
        if self._bars is not None:
            self._bars.stop()
        elif exc_type is None:
            for name, (words, written) in self._last.items():
                if not written:  # the line before it would look as if the work had stopped there
                    self._write(name, words)

    def show(
        self, name: str, done: int, total: int | None, unit: str = "event", *, about: bool = False
    ) -> None:
        """Show that ``done`` of ``total`` are done.

        Args:
            name: whose they are.
            done: so many.
            total: of so many; ``None``: nobody knows how many there are.
            unit: what is counted.
            about: the total is an estimate.
        """
        over = total is not None and done >= total
        if total is None or over:
            words = counted(done, unit)
        else:
            words = f"{done:,} of {'about ' if about else ''}{counted(total, unit)}"
        if self._bars is not None:
            self._bars.update(self._task(name), completed=done, total=total, words=words)
        elif not self._quiet and self._last.get(name, ("", False))[0] != words:
            self._last[name] = (words, False)
            if over or self._due(name):
                self._write(name, words)

    def pause(self, name: str, until: datetime, reason: str) -> None:
        """Show that nothing is done until then (UTC), and why; what is shown next takes its place.

        A line that stays tells the same, also where there are no bars.
        """
        words = f"waiting until {until:%H:%M:%S} UTC: {reason}"
        if self._bars is not None:
            self._bars.update(self._task(name), words=words)
        self.say(f"{name}: {words}")

    def say(self, text: str) -> None:
        """Write one line that stays."""
        if self._bars is not None:
            self._bars.console.print(text, markup=False, highlight=False)
        elif not self._quiet:
            sys.stderr.write(f"{text}\n")

    def say_once(self, text: str) -> None:
        """Write a line that stays, however often it is said."""
        if text not in self._said:
            self._said.add(text)
            self.say(text)

    def _task(self, name: str) -> TaskID:
        if name not in self._tasks and self._bars is not None:
            self._tasks[name] = self._bars.add_task(name, total=None, words="")
        return self._tasks[name]

    def _write(self, name: str, words: str) -> None:
        self._last[name] = (words, True)
        self._written[name] = time.monotonic()
        sys.stderr.write(f"{name}: {words}\n")

    def _due(self, name: str) -> bool:
        return time.monotonic() - self._written.get(name, float("-inf")) >= PLAIN_SECONDS
