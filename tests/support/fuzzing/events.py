"""JSON out of any bytes: one canonical text, an event that comes back, a cursor or a clear no."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from sources.errors import CursorInvalidError
from sources.event import EpisodicEvent, canonical_json, clean_text, events_table, table_events
from sources.filesystem.cursor import parse_cursor

_WHEN: Final = datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)


def check_events(data: bytes) -> None:
    """Take the bytes for JSON, else for a text, and carry it through an event.

    Raises:
        AssertionError: it has two canonical texts, or does not come back.
    """
    text = data.decode("utf-8", "surrogateescape")
    value: Any = text
    with suppress(ValueError, RecursionError):
        value = json.loads(text)
    attributes = value if isinstance(value, dict) else {"value": value, text: None}
    _check_canonical(attributes)
    event = EpisodicEvent(
        event_id="66462a21-cc46-8fc3-b1d5-3ef31153f2d8",
        source_id="demo",
        source_type="filesystem",
        kind="git.commit",
        occurred_at=_WHEN,
        session_id="s",
        subject=text,
        title=text,
        refs=(text,),
        attributes=attributes,
    )
    table = events_table([event])
    table.validate(full=True)
    (again,) = table_events(table)
    assert again.title == clean_text(text)
    assert events_table([again]).equals(table)
    with suppress(CursorInvalidError):
        position = parse_cursor(json.loads(canonical_json(attributes)), "demo")
        assert position is None or parse_cursor(position.to_cursor(), "demo") == position


def _check_canonical(attributes: dict[str, Any]) -> None:
    once = canonical_json(attributes)
    once.encode()
    assert "\\u0000" not in once or "\\\\u0000" in once
    assert "NaN" not in once or '"' in once
    assert canonical_json(json.loads(once)) == once
