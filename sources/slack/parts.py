"""What a message is made of besides its text: blocks, attachments, files, reactions."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sources.slack.names import Names, Payload
from sources.slack.text import plain

_DEEPEST: Final = 50


def read_blocks(blocks: Any, names: Names) -> str:
    """Write the blocks of a message as plain text, a line each."""
    lines = (_read_block(block, names) for block in _objects(blocks))
    return "\n".join(line for line in lines if line.strip()).strip()


def _read_block(block: Payload, names: Names) -> str:
    match block.get("type"):
        case "rich_text":
            return "\n".join(_read_rich(item, names, 0) for item in _objects(block.get("elements")))
        case "image" | "video":
            return _text_of(block.get("title"), names) or str(block.get("alt_text") or "")
        case "context" | "actions":
            items = (_text_of(item, names) for item in _objects(block.get("elements")))
            return " ".join(item for item in items if item)
        case _:
            fields = (_text_of(item, names) for item in _objects(block.get("fields")))
            return "\n".join(item for item in (_text_of(block.get("text"), names), *fields) if item)


def _read_rich(element: Payload, names: Names, depth: int) -> str:
    """Write one element of a rich text, and what is within it."""
    kind = str(element.get("type"))
    if kind in _LEAVES:
        return _LEAVES[kind](element, names)
    if depth > _DEEPEST:
        return ""
    within = [_read_rich(item, names, depth + 1) for item in _objects(element.get("elements"))]
    return ("\n" if kind == "rich_text_list" else "").join(within)


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
    "date": lambda item, _: str(item.get("fallback") or item.get("timestamp") or ""),
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
        return plain(inner, names) if item.get("type") != "plain_text" else inner
    return str(item.get("alt_text") or "")


def read_attachments(attachments: Any, names: Names) -> str:
    """Write what is attached, or shown of a linked page, as plain text."""
    return "\n".join(filter(None, (_read_attachment(a, names) for a in _objects(attachments))))


def _read_attachment(item: Payload, names: Names) -> str:
    lines = [plain(str(item[key]), names) for key in ("pretext", "title", "text") if item.get(key)]
    for field in _objects(item.get("fields")):
        pair = [plain(str(field[key]), names) for key in ("title", "value") if field.get(key)]
        lines.append(": ".join(pair))
    if within := read_blocks(item.get("blocks"), names):
        lines.append(within)
    if not lines and item.get("fallback"):
        lines.append(plain(str(item["fallback"]), names))
    return "\n".join(dict.fromkeys(line for line in lines if line))


def list_attachments(attachments: Any) -> list[dict[str, Any]]:
    """Give where each attachment comes from and leads to."""
    kept = {
        "title_link": "url",
        "from_url": "from_url",
        "service_name": "service",
        "author_name": "author",
        "footer": "footer",
    }
    found = ({to: item[key] for key, to in kept.items() if item.get(key)} for item in
             _objects(attachments))  # fmt: skip
    return [item for item in found if item]


def list_files(files: Any) -> list[dict[str, Any]]:
    """Give what is known of each file; of the addresses only the one that needs a login."""
    kept = ("id", "name", "title", "mimetype", "filetype", "size", "mode", "permalink")
    return [{key: item[key] for key in kept if item.get(key)} for item in _objects(files)]


def name_files(files: Any) -> str:
    """Name the files of a message that says nothing else."""
    named = [str(f.get("title") or f.get("name") or f.get("id")) for f in _objects(files)]
    return f"Shared {', '.join(named)}" if named else ""


def count_reactions(reactions: Any) -> dict[str, int]:
    """Give how often each reaction was chosen."""
    return {str(r["name"]): int(r.get("count") or 0) for r in _objects(reactions) if r.get("name")}


def find_addresses(parts: Any) -> Iterator[str]:
    """Give every address in blocks and attachments, as it is written."""
    waiting = [(parts, 0)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            if "://" in item:
                yield item
        elif depth < _DEEPEST and isinstance(item, dict):
            waiting += [(value, depth + 1) for value in reversed(item.values())]
        elif depth < _DEEPEST and isinstance(item, list):
            waiting += [(value, depth + 1) for value in reversed(item)]


def _objects(items: Any) -> list[Payload]:
    return [item for item in items or () if isinstance(item, dict)] if items else []
