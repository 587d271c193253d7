"""The rich text that Slack makes of what people write."""

import re
from html import unescape
from typing import Any

_PARTS = re.compile(r"<([^<>]+)>|:([a-z0-9_+-]+):")

Element = dict[str, Any]


def rich_text(text: str, mark: str) -> list[Element]:
    """Make the blocks of a text; ``mark`` is their id."""
    elements: list[Element] = []
    end = 0
    for found in _PARTS.finditer(text):
        _add_text(elements, text[end : found.start()])
        end = found.end()
        name = found[2]
        elements.append({"type": "emoji", "name": name} if name else _linked(found[1]))
    _add_text(elements, text[end:])
    section = {"type": "rich_text_section", "elements": elements}
    return [{"type": "rich_text", "block_id": mark, "elements": [section]}]


def _add_text(elements: list[Element], text: str) -> None:
    if text:
        elements.append({"type": "text", "text": unescape(text)})


def _linked(inner: str) -> Element:
    target, _, label = inner.partition("|")
    match target[:1]:
        case "@":
            return {"type": "user", "user_id": target[1:]}
        case "#":
            return {"type": "channel", "channel_id": target[1:]}
        case "!" if target.startswith("!subteam^"):
            return {"type": "usergroup", "usergroup_id": target.removeprefix("!subteam^")}
        case "!":
            return {"type": "broadcast", "range": target[1:]}
        case _:
            link = {"type": "link", "url": unescape(target)}
            return {**link, "text": unescape(label)} if label else link
