"""The rows that both sides write: events with about 200 bytes of text each."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import pyarrow as pa
from pyarrow import feather

from sources import EpisodicEvent
from sources.event import EVENT_SCHEMA, event_id, events_table

_SEED: Final = 7
_TEXT: Final = 200
_BEGIN: Final = datetime(2024, 1, 1, tzinfo=UTC)
_SYLLABLES: Final = ("ka", "mo", "ri", "ten", "sul", "ver", "dan", "lo", "pix", "tra", "nu", "gel")


def write_rows(path: Path, count: int) -> None:
    """Write so many events as an Arrow file, 1,100 a day and the same in each run."""
    dice = Random(_SEED)  # noqa: S311 -- text that can be had again, and no secret
    words = ["".join(dice.choices(_SYLLABLES, k=dice.randint(1, 4))) for _ in range(20_000)]
    tables = [
        events_table([_event(number, dice, words) for number in range(begin, end)])
        for begin, end in _slices(count, 10_000)
    ]
    feather.write_feather(pa.concat_tables(tables), path, compression="uncompressed")


def read_rows(path: Path) -> pa.Table:
    """Read what :func:`write_rows` wrote: rows of ``EVENT_SCHEMA``."""
    return feather.read_table(path).cast(EVENT_SCHEMA)


def _slices(count: int, size: int) -> list[tuple[int, int]]:
    return [(begin, min(begin + size, count)) for begin in range(0, count, size)]


def _event(number: int, dice: Random, words: list[str]) -> EpisodicEvent:
    body = _text(dice, words)
    actor = f"person{number % 311}"
    return EpisodicEvent(
        event_id=event_id("measured", "slack.message", str(number)),
        source_id="measured",
        source_type="slack",
        kind="slack.message",
        occurred_at=_BEGIN + number * timedelta(days=1) / 1_100,
        session_id=f"C{number % 97}/{number // 50}",
        actor=actor,
        actor_key=f"u{number % 311}",
        subject=f"C{number % 97}/{number}",
        scope=f"channel-{number % 97}",
        title=body[:60],
        body=body,
        url=f"https://example.org/archives/C{number % 97}/p{number}",
        attributes={"client": "bench", "number": number},
    )


def _text(dice: Random, words: list[str]) -> str:
    """Make a text of about the length that is wanted, of words that others have too."""
    chosen: list[str] = []
    length = 0
    while length < _TEXT:
        chosen.append(dice.choice(words))
        length += len(chosen[-1]) + 1
    return " ".join(chosen)
