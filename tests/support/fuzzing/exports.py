"""Exports of Slack out of any bytes: read and counted, or refused in words; never anything else."""

import json
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sources.batch import Cursor, EventBatch
from sources.errors import ConfigError, UnavailableError
from sources.slack.config import SlackConfig
from sources.slack.export.exports import Exports
from tests.support.slack_exports import export, make_zip, message

_BATCH = 2


def check_exports(data: bytes) -> None:
    """Take the bytes for a zip, for a day's file or for a list in one, by what the first says.

    Raises:
        AssertionError: something is lost, told twice, or not told again.
    """
    if not data:
        return
    files: dict[str, Any] = export(general_04=[message(0)], general_06=[message(9)])
    with TemporaryDirectory(prefix="daybook-fuzz-") as folder:
        path, content = Path(folder) / "export.zip", data[1:]
        match data[0] % 4:
            case 0:
                path.write_bytes(content)
            case 1:
                make_zip(path, {**files, "channels.json": content})
            case 2:
                make_zip(path, {**files, "users.json": content})
            case _:
                make_zip(path, {**files, "general/2024-01-05.json": content})
        with suppress(ConfigError, UnavailableError):
            told = _check(path)
            assert data[0] % 4 != 3 or told == _count(content) + 2, "a message is lost"


def _check(path: Path) -> int:
    """Read it whole, and from each place again; give how many messages it told of."""
    settings = SlackConfig.model_validate({"export": str(path), "channels": ["*"]})
    exports = Exports(settings, "demo", batch=_BATCH)
    skipped: list[None] = []
    exports.check(None)
    batches = list(exports.read(None, None, lambda: skipped.append(None)))
    events = _ids(batches)
    for number, batch in enumerate(batches, 1):
        cursor: Cursor = json.loads(json.dumps(batch.cursor))
        rest = list(exports.read(cursor, None, lambda: None))
        assert _ids(rest) == _ids(batches[number:]), f"not told again after batch {number}"
    return len(events) + sum(len(batch.quarantined) for batch in batches) + len(skipped)


def _ids(batches: list[EventBatch]) -> list[Any]:
    for batch in batches:
        batch.events.validate(full=True)
    return [key for batch in batches for key in batch.events.column("event_id").to_pylist()]


def _count(content: bytes) -> int:
    """Count the messages of a day; one that is damaged is a single record in quarantine."""
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return 1
    if found is None:
        return 0
    return len(found) if isinstance(found, list) else 1
