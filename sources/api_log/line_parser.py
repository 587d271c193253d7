"""What the parsers of every line-by-line format have in common."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from sources.api_log.envelopes import unwrap
from sources.api_log.lines import Lines, filled, read_pieces
from sources.api_log.parsing import NORMAL_FORM, Parsed, Parser
from sources.api_log.privacy import Privacy
from sources.api_log.reading import read_bare
from sources.api_log.results import join_parsed
from sources.api_log.zones import Zone


class LineParser(Parser):
    """Goes through a block piece by piece; its kinds say what the lines of a piece give."""

    def __init__(
        self, name: str, zone: Zone | None, privacy: Privacy, *, written: bool = False
    ) -> None:
        """Take a format's name, the zone of local times, and what may be kept.

        Args:
            name: the format.
            zone: of times that name none.
            privacy: what may be kept of bad lines.
            written: whether somebody wrote the format, perhaps with what stands before each line.
        """
        self._name = name
        self._zone = zone
        self._privacy = privacy
        self._written = written

    @property
    def name(self) -> str:
        """The format."""
        return self._name

    @property
    def ordered(self) -> bool:
        """Whether local times have to be put in order."""
        return self._zone is not None

    @property
    def state(self) -> dict[str, Any]:
        """How far local times have come."""
        return {} if self._zone is None else {"zone": self._zone.state}

    @abstractmethod
    def read(self, lines: Lines) -> Parsed:
        """Read lines of one piece, none of them empty."""

    def parse(self, block: bytes | memoryview | pa.Buffer, first_offset: int) -> Parsed:
        """Read one block of whole lines."""
        return join_parsed(self._read_all(block, first_offset))

    def _read_all(
        self, block: bytes | memoryview | pa.Buffer, first_offset: int
    ) -> Iterator[Parsed]:
        for lines in read_pieces(block, first_offset):
            held = filled(lines)
            empty = len(lines) - int(np.count_nonzero(held))
            if empty:
                yield Parsed(table=NORMAL_FORM.empty_table(), bad=(), skipped=empty)
            full = lines.at(held) if empty else lines
            bare = unwrap(full, timed=not self._written) if len(full) else full
            if bare is full:
                yield self.read(full)
            else:
                yield read_bare(full, bare, self.read, self._privacy, again=self._written)
