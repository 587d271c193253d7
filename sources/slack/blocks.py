"""The blocks of a message as plain text."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sources.slack.names import Names, Payload
from sources.slack.text import plain, unescape, write_time

DEEPEST: Final = 50
"""Things within each other that are looked into."""


def read_blocks(blocks: Any, names: Names) -> str:
    """Write the blocks of a message as plain text, a line each."""
    lines = (_read_block(block, names) for block in objects(blocks))
    return "\n".join(line for line in lines if line.strip()).strip()


def _read_block(block: Payload, names: Names) -> str:
    match block.get("type"):
        case "rich_text":
            return "\n".join(_read_rich(item, names, 0) for item in objects(block.get("elements")))
        case "image" | "video":
            said = [_text_of(block.get(key), names) for key in ("title", "description")]
            return "\n".join(filter(None, said)) or str(block.get("alt_text") or "")
        case "context" | "actions":
            items = (_text_of(item, names) for item in objects(block.get("elements")))
            return " ".join(item for item in items if item)
        case "table":
            return "\n".join(" | ".join(_find_texts(row, names, 0)) for row in _rows(block))
        case "call":
            call = as_object(as_object(block.get("call")).get("v1"))
            return str(call.get("name") or "")
        case _:
            fields = (_text_of(item, names) for item in objects(block.get("fields")))
            said = [item for item in (_text_of(block.get("text"), names), *fields) if item]
            lines = said or list(_find_texts(block, names, 0))
            return "\n".join(lines) or _text_of(block.get("accessory"), names)


def _find_texts(item: Any, names: Names, depth: int) -> Iterator[str]:
    """Find every text in a block, or a part of one, of a form that is not known here."""
    if depth > DEEPEST:
        return
    if isinstance(item, list):
        for one in item:
            yield from _find_texts(one, names, depth + 1)
    elif isinstance(item, dict):
        if item.get("type") == "rich_text":
            text = _read_block(item, names)
        else:
            text = _text_of(item, names) if isinstance(item.get("text"), str) else ""
        if text:
            yield text
        else:
            yield from _find_texts(list(item.values()), names, depth + 1)


def _read_rich(element: Payload, names: Names, depth: int) -> str:
    """Write one element of a rich text, and what is within it."""
    kind = str(element.get("type"))
    if kind in _LEAVES:
        return _LEAVES[kind](element, names)
    if depth > DEEPEST:
        return ""
    within = [_read_rich(item, names, depth + 1) for item in objects(element.get("elements"))]
    if kind == "rich_text_list":
        return "\n".join(_mark(element, number, item) for number, item in enumerate(within))
    return "".join(within) or str(element.get("fallback") or element.get("text") or "")


def _mark(element: Payload, number: int, item: str) -> str:
    """Write an item of a list with what stands before it."""
    indent, offset = (_number(element.get(key)) for key in ("indent", "offset"))
    sign = f"{offset + number + 1}." if element.get("style") == "ordered" else "•"
    return f"{'    ' * indent}{sign} {item}"


def _read_link(element: Payload, _: Names) -> str:
    address, label = str(element.get("url") or ""), str(element.get("text") or "")
    return f"{label} ({address})" if label and label != address else address


_LEAVES: Final[Mapping[str, Callable[[Payload, Names], str]]] = {
    "text": lambda item, _: str(item.get("text") or ""),
    "link": _read_link,
    "user": lambda item, names: f"@{names.user(str(item.get('user_id')))}",
    "channel": lambda item, names: f"#{names.channel(str(item.get('channel_id')))}",
    "usergroup": lambda item, _: f"@{item.get('usergroup_id')}",
    "broadcast": lambda item, _: f"@{item.get('range')}",
    "emoji": lambda item, _: f":{item.get('name')}:",
    "date": lambda item, _: str(item.get("fallback") or write_time(item.get("timestamp") or "")),
    "color": lambda item, _: str(item.get("value") or ""),
}
"""What has no elements within, by its type."""


def _text_of(item: Any, names: Names) -> str:
    """Give an object's text, whether it has its own or is one."""
    if isinstance(item, str):
        return plain(item, names)
    if not isinstance(item, dict):
        return ""
    inner = item.get("text")
    if isinstance(inner, dict):
        return _text_of(inner, names)
    if isinstance(inner, str):
        return plain(inner, names) if item.get("type") != "plain_text" else unescape(inner)
    return str(item.get("alt_text") or "")


def objects(items: Any) -> list[Payload]:
    """Give the objects of a list; none where there is no list."""
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def as_object(item: Any) -> Payload:
    """Give an object; an empty one where there is none."""
    return item if isinstance(item, dict) else {}


def _number(item: Any) -> int:
    return min(max(item, 0), 1_000) if isinstance(item, int) else 0


def _rows(block: Payload) -> list[Any]:
    rows = block.get("rows")
    return rows if isinstance(rows, list) else []
