"""Taking out of every text what nobody wants to keep, before anything is made of it.

The patterns are run by RE2, whose time grows with the text and with nothing else, whatever the
pattern is.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from sources.slack.tokens import DEEPEST, HIDDEN, hide_in_record, hide_tokens

_STRUCTURE: Final = frozenset(
    {"ts", "thread_ts", "parent_user_id", "latest_reply", "type", "subtype", "user", "user_id"}
    | {"channel", "channel_id", "team", "user_team", "bot_id", "app_id", "block_id", "id"}
    | {"client_msg_id", "inviter", "mode", "mimetype", "filetype"}
)
"""What tells records apart, and is no text."""


def check_pattern(pattern: str) -> None:
    """Compile a pattern.

    Raises:
        ValueError: it cannot be run in linear time, or finds something in an empty text.
    """
    try:
        (empty,) = pc.match_substring_regex(pa.array([""]), pattern).to_pylist()
    except pa.ArrowInvalid as error:
        reason = str(error).removeprefix("Invalid regular expression: ")
        raise ValueError(f"{pattern!r} is no pattern of RE2: {reason}") from None
    if empty:
        raise ValueError(f"{pattern!r} finds something in an empty text, so it would hide all")


class Redactor:
    """Hides what some patterns find, and Slack's own tokens before them.

    Args:
        patterns: as RE2 reads them, checked.
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self._patterns = tuple(patterns)

    def hide(self, texts: Sequence[str]) -> list[str]:
        """Give the texts without it."""
        clean = [hide_tokens(text) for text in texts]
        if not self._patterns or not texts:
            return clean
        column: Any = pa.array([text.encode("utf-8", "replace").decode() for text in clean])
        for pattern in self._patterns:
            column = pc.replace_substring_regex(column, pattern=pattern, replacement=HIDDEN)
        hidden: list[str] = column.to_pylist()
        return hidden

    def hide_text(self, text: str) -> str:
        """Give one text without it."""
        return self.hide([text])[0]

    def hide_record(self, record: Any) -> Any:
        """Give a record without it; patterns look at no text that tells records apart."""
        record = hide_in_record(record)
        if not self._patterns:
            return record
        texts: list[str] = []
        _collect(record, texts, 0)
        return _replace(record, dict(zip(texts, self.hide(texts), strict=True)), 0)


def _collect(item: Any, texts: list[str], depth: int) -> None:
    if isinstance(item, str):
        texts.append(item)
    elif isinstance(item, Mapping) and depth < DEEPEST:
        for key, value in item.items():
            if key not in _STRUCTURE or not isinstance(value, str):
                _collect(value, texts, depth + 1)
    elif isinstance(item, list) and depth < DEEPEST:
        for value in item:
            _collect(value, texts, depth + 1)


def _replace(item: Any, hidden: Mapping[str, str], depth: int) -> Any:
    if isinstance(item, str):
        return hidden.get(item, HIDDEN)
    if depth >= DEEPEST:
        return None if isinstance(item, Mapping | list) else item
    if isinstance(item, Mapping):
        return {
            key: value
            if key in _STRUCTURE and isinstance(value, str)
            else _replace(value, hidden, depth + 1)
            for key, value in item.items()
        }
    if isinstance(item, list):
        return [_replace(value, hidden, depth + 1) for value in item]
    return item
