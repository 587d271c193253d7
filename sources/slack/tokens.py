"""Taking Slack's own tokens out of every text, whatever the configuration says.

Whoever downloads an export gets a token with it: each address of a file in it ends with one, as
``?t=xoxe-…``, and opens the file for anybody.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from sources.tokens import SLACK

HIDDEN: Final = "[redacted]"

DEEPEST: Final = 200
"""Things within each other that are looked into for something to hide; what is deeper goes."""

_VALUE: Final = r"t=(?:xox[a-z][.-]|xapp-[0-9]|xwfp-)[^?&#\s\"'<>|\\)\]]*"
_FIRST: Final = re.compile(rf"\?{_VALUE}(?:&amp;|&)")
_OTHER: Final = re.compile(rf"(?:\?|&amp;|&){_VALUE}")
_BARE: Final = re.compile(SLACK)


def hide_tokens(text: str) -> str:
    """Give a text without tokens; an address loses the parameter that holds one.

    >>> hide_tokens("https://files.slack.com/a.png?t=xoxe-12-ab&x=1, xoxb-1234567890-abc")
    'https://files.slack.com/a.png?x=1, [redacted]'
    """
    if not _may_hold(text):
        return text
    return _BARE.sub(HIDDEN, _OTHER.sub("", _FIRST.sub("?", text)))


def hide_in_record(record: Any) -> Any:
    """Give a record without tokens, keys included; the same one if there are none."""
    return _replace(record, 0) if record and _holds(record) else record


def _may_hold(text: str) -> bool:
    return "xox" in text or "xapp-" in text or "xwfp-" in text


def _holds(record: Any) -> bool:
    """Whether there may be a token somewhere in a record; its JSON is searched quickest."""
    try:
        written = orjson.dumps(record)
    except TypeError:  # too deep, or with half of a sign
        return any(map(_may_hold, _find_texts(record)))
    return b"xox" in written or b"xapp-" in written or b"xwfp-" in written


def _find_texts(record: Any) -> Iterator[str]:
    """Give every text in a record, keys included, however deep."""
    waiting = [record]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            waiting += item.keys()
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


def _replace(item: Any, depth: int) -> Any:
    if isinstance(item, str):
        return hide_tokens(item)
    if depth >= DEEPEST:
        return None if isinstance(item, Mapping | list) else item
    if isinstance(item, Mapping):
        return {_replace(key, depth + 1): _replace(item[key], depth + 1) for key in item}
    if isinstance(item, list):
        return [_replace(value, depth + 1) for value in item]
    return item
