"""What all readings of one source share."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sources.api_log.blocks import BLOCK_BYTES, BLOCK_LINES
from sources.api_log.config import ApiLogConfig
from sources.api_log.settings import ParsingCredentials

BATCH_LINES: Final = 60_000

Span = tuple[datetime | None, datetime | None]
"""First moment and first moment after it; ``None``: open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One source's settings, and how much it takes at a time.

    Attributes:
        source_id: the configured source.
        config: its settings.
        credentials: its secrets.
        span: the moments asked for; ``None``: all.
        batch_lines: lines of a batch, at most.
        block_bytes: bytes of a block, about.
        block_lines: lines of a block, at most.
        stopped: set when the reading has to end soon.
    """

    source_id: str
    config: ApiLogConfig
    credentials: ParsingCredentials
    span: Span | None = None
    batch_lines: int = BATCH_LINES
    block_bytes: int = BLOCK_BYTES
    block_lines: int = BLOCK_LINES
    stopped: threading.Event = field(default_factory=threading.Event)
