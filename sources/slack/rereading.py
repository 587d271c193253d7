"""Messages in quarantine, asked for one by one: what can be read by now becomes events."""

import re
from collections.abc import Generator, Iterable, Sequence
from typing import Any, Final

from sources.batch import EventBatch
from sources.slack.gathering import make_batch
from sources.slack.lifecycle import call_channel
from sources.slack.reading import ClosedError, Reader
from sources.slack.visits import Setting

_LOCATOR: Final = re.compile(r"(?P<channel>[A-Z][A-Z0-9]+)/(?P<ts>[0-9]{1,11}\.[0-9]{1,6})")


def are_single(locators: Iterable[str]) -> bool:
    """Whether each of the messages can be asked for by itself."""
    return all(_LOCATOR.fullmatch(locator) for locator in locators)


def read_again(setting: Setting, locators: Sequence[str]) -> Generator[EventBatch, None, None]:
    """Ask for single messages, a request each, of replies two.

    One that is gone, or of a channel that is not read any more, gives nothing.
    """
    for locator in locators:
        found = _LOCATOR.fullmatch(locator)
        record = setting.finder.found.get(found["channel"]) if found else None
        if found is None or record is None:
            continue
        reader = setting.reader(call_channel(record, setting.names))
        try:
            messages = _find(reader, found["ts"])
        except ClosedError:
            continue
        if messages:
            yield make_batch(reader.convert(messages, lambda _: True), None)


def _find(reader: Reader, ts: str) -> list[Any]:
    """Find a message in its channel, else in a thread."""
    for method, params in (
        ("conversations.history", {"oldest": ts, "latest": ts, "inclusive": "true", "limit": 1}),
        ("conversations.replies", {"ts": ts, "limit": 1}),
    ):
        for found in reader.pages(method, {"channel": reader.channel.id, **params}):
            messages: list[Any] = found["messages"] if found["ok"] else []
            if same := [one for one in messages if isinstance(one, dict) and one.get("ts") == ts]:
                return same
    return []
