"""Histories of a log at random: written to, rotated in every manner, read and killed in between."""

import random
from collections import Counter
from pathlib import Path
from typing import Final

from tests.support.access_logs import Reader, Service, SmallBatches, request

ALIKE: Final = (0.0, 0.3, 0.6, 0.9)
"""How likely a line is the same as others."""
STEPS: Final = 24


class History:
    """One random history, and what it wrote."""

    def __init__(self, directory: Path, seed: int, alike: float) -> None:
        self.chance = random.Random(seed)  # noqa: S311 -- chance that can be had again
        self.alike = alike
        self.service = Service(directory)
        self.truth: Counter[str] = Counter()
        self.reader = Reader(str(self.service.log), SmallBatches)

    def live(self, steps: int) -> None:
        """Let things happen, and end with a run."""
        for _ in range(steps):
            self.chance.choices(
                (self.write, self.late, self.rename, self.copy, self.reader.tick, self.kill),
                weights=(6, 1, 2, 1, 3, 1),
            )[0]()
        self.reader.tick()

    def _lines(self) -> bytes:
        lines = []
        for _ in range(self.chance.randint(1, 12)):
            alike = self.chance.random() < self.alike
            path = "/same" if alike else f"/x{self.truth.total()}"
            self.truth[path] += 1
            lines.append(request(path))
        return b"".join(lines)

    def write(self) -> None:
        self.service.write(self._lines())

    def late(self) -> None:
        """A writer that has not yet noticed the renaming."""
        rotated = self.service.generation(1)
        if rotated.exists() and self.service.log.stat().st_size == 0:
            self.service.write(self._lines(), rotated)

    def kill(self) -> None:
        """A run that ends after its first batch, or before it."""
        self.reader.tick(batches=self.chance.randint(0, 1))

    def rename(self) -> None:
        self.service.rename(packed=self.chance.random() < 0.8)

    def copy(self) -> None:
        self.service.copy_and_truncate(packed=self.chance.random() < 0.8)

    def check(self) -> None:
        """Hold what was given against what was written, and against a reading from nothing."""
        ids = self.reader.ids
        assert self.reader.counts == self.truth
        assert len(set(ids)) == len(ids)
        assert not self.reader.bad
        assert sorted(self.reader.again().ids) == sorted(ids)
