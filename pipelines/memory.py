"""A sensor's cursor: what it remembers between two ticks, as text that people may edit."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final, Literal

from sources import ConfigError, Cursor
from sources.event import canonical_json

_REMEDY: Final = (
    'Write {"cursor": {...}} to start from there, or clear it to start from nothing; '
    "until then the sensor does nothing"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a source's sensor remembers.

    Attributes:
        cursor: where the source stood when a run last said so, or where a person wants it.
        epoch: the line of progress, a UUID.
        token: the request that a run is to answer; ``None``: nothing was asked for.
        attempt: how many runs failed in a row.
        not_before: nothing is asked for earlier, aware.
        begins: a person began this epoch, and no run has taken it up yet.
    """

    cursor: Cursor | None
    epoch: str
    token: str | None = None
    attempt: int = 0
    not_before: datetime | None = None
    begins: bool = False

    def to_text(self, incarnation: str) -> str:
        """Write it for the store of this ``incarnation``, one key after the other."""
        fields: dict[str, Any] = {
            "cursor": self.cursor,
            "epoch": self.epoch,
            "check": _check(self.cursor, self.epoch, _store_part(incarnation)),
            "token": self.token,
            "attempt": self.attempt,
            "not_before": self.not_before and self.not_before.astimezone(UTC).isoformat(),
        }
        if self.begins:
            fields["begins"] = True
        return json.dumps(fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A sensor's cursor as it was found, and who wrote it."""

    memory: Memory
    origin: Literal["own", "other store", "edited"]


def read_memory(text: str, incarnation: str) -> Found:
    """Read what :meth:`Memory.to_text` wrote and a person may have edited since.

    Raises:
        ConfigError: not such a text; the message names the remedy.
    """
    fields = _read_object(text)
    cursor, epoch, check = fields.get("cursor"), fields.get("epoch"), fields.get("check")
    part = _store_part(incarnation)
    written = check.partition("-")[0] if isinstance(check, str) else ""
    if not isinstance(epoch, str) or check != _check(cursor, epoch, written):
        return Found(memory=Memory(cursor=cursor, epoch=""), origin="edited")
    return Found(
        memory=Memory(
            cursor=cursor,
            epoch=epoch,
            token=fields["token"] if isinstance(fields.get("token"), str) else None,
            attempt=_read_attempt(fields.get("attempt")),
            not_before=_read_moment(fields.get("not_before")),
            begins=fields.get("begins") is True,
        ),
        origin="own" if written == part else "other store",
    )


def _read_object(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError:
        raise ConfigError("the sensor's cursor is not JSON", remedy=_REMEDY) from None
    if not isinstance(fields, dict) or (fields and "cursor" not in fields):
        raise ConfigError("the sensor's cursor has no key 'cursor'", remedy=_REMEDY)
    if not isinstance(fields.get("cursor"), dict | None):
        raise ConfigError("'cursor' is neither an object nor null", remedy=_REMEDY)
    return fields


def _read_attempt(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise ConfigError("'attempt' is no number from 0 on", remedy=_REMEDY)
    return value


def _read_moment(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ConfigError("'not_before' is no time", remedy=_REMEDY) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _store_part(incarnation: str) -> str:
    return blake2b(incarnation.encode(), digest_size=4).hexdigest()


def _check(cursor: Cursor | None, epoch: str, store_part: str) -> str:
    text = canonical_json({"cursor": cursor, "epoch": epoch, "store": store_part})
    return f"{store_part}-{blake2b(text.encode(), digest_size=16).hexdigest()}"
