"""What a message is made of besides its text: blocks, attachments, files, reactions."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sources.slack.names import Names, Payload
from sources.slack.text import plain, unescape, write_time

_DEEPEST: Final = 50

_NO_TEXT: Final = frozenset(
    {"This content can't be displayed.", "[no preview available]", "[no text body]"}
)
"""What stands in the place of a text that an app did not give."""

_WORD: Final = re.compile(r"[^\W_]+")

_HIDDEN: Final = {"tombstone": "a file that was deleted", "hidden_by_limit": "a hidden file"}
"""What is left of files that are not there any more, by their modes."""


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
            call = _object(_object(block.get("call")).get("v1"))
            return str(call.get("name") or "")
        case _:
            fields = (_text_of(item, names) for item in objects(block.get("fields")))
            said = [item for item in (_text_of(block.get("text"), names), *fields) if item]
            lines = said or list(_find_texts(block, names, 0))
            return "\n".join(lines) or _text_of(block.get("accessory"), names)


def _find_texts(item: Any, names: Names, depth: int) -> Iterator[str]:
    """Find every text in a block, or a part of one, of a form that is not known here."""
    if depth > _DEEPEST:
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
    if depth > _DEEPEST:
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


def read_attachments(attachments: Any, names: Names) -> str:
    """Write what is attached, or shown of a linked page, as plain text."""
    return "\n".join(filter(None, (_read_attachment(a, names) for a in objects(attachments))))


def _read_attachment(item: Payload, names: Names) -> str:
    lines = [plain(str(item[key]), names) for key in ("pretext", "title", "text") if item.get(key)]
    for field in objects(item.get("fields")):
        pair = [plain(str(field[key]), names) for key in ("title", "value") if field.get(key)]
        lines.append(": ".join(pair))
    if within := read_blocks(item.get("blocks"), names):
        lines.append(within)
    if not any(lines):
        lines += _read_shared(item, names)
    if not any(lines):
        lines.append(told(plain(str(item.get("fallback") or ""), names)))
    return "\n".join(dict.fromkeys(line for line in lines if line))


def _read_shared(item: Payload, names: Names) -> Iterator[str]:
    """Write a message that another one shows, where it has no text of its own."""
    for shared in objects(item.get("message_blocks")):
        yield read_blocks(_object(shared.get("message")).get("blocks"), names)
    yield name_files(item.get("files"))


def told(text: str) -> str:
    """Give a text; none where it only says that an app gave none.

    >>> told("This content can't be displayed."), told("Hello")
    ('', 'Hello')
    """
    return "" if text.strip() in _NO_TEXT else text


def join_texts(text: str, shown: str) -> str:
    r"""Put together what a notice says and what blocks show, each line once.

    >>> join_texts("Build 7 failed", "*Build 7 failed*\nby Ada")
    'Build 7 failed\nby Ada'
    """
    said = f" {_words(text)} "
    more = [line for line in shown.split("\n") if not _is_said(line, text, said)]
    return "\n".join([text, *more])


def _is_said(line: str, text: str, said: str) -> bool:
    words = _words(line)
    return f" {words} " in said if words else line.strip() in text


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def list_attachments(attachments: Any, names: Names) -> list[dict[str, Any]]:
    """Give where each attachment comes from and leads to."""
    kept = {
        "title_link": "url",
        "from_url": "from_url",
        "service_name": "service",
        "author_name": "author",
        "footer": "footer",
    }
    found = (
        {to: _without_markup(item[key], names) for key, to in kept.items() if item.get(key)}
        for item in objects(attachments)
    )
    return [item for item in found if item]


def _without_markup(value: Any, names: Names) -> Any:
    return plain(value, names) if isinstance(value, str) else value


def files_of(message: Payload) -> list[Payload]:
    """Give a message's files; older ones have one at most, and it stands by itself."""
    return objects(message.get("files")) or objects([message.get("file")])


def list_files(files: Any) -> list[dict[str, Any]]:
    """Give what is known of each file; of the addresses only the one that needs a login."""
    kept = ("id", "name", "title", "mimetype", "filetype", "size", "mode", "permalink")
    return [
        {key: _without_signs(item[key]) for key in kept if item.get(key)} for item in objects(files)
    ]


def _without_signs(value: Any) -> Any:
    return unescape(value) if isinstance(value, str) else value


def name_files(files: Any) -> str:
    """Name the files of a message that says nothing else."""
    named = [_name_file(item) for item in objects(files)]
    return f"Shared {', '.join(named)}" if named else ""


def _name_file(item: Payload) -> str:
    told = item.get("title") or item.get("name") or _HIDDEN.get(str(item.get("mode")))
    return unescape(str(told or item.get("id") or "a file"))


def count_reactions(reactions: Any) -> dict[str, int]:
    """Give how often each reaction was chosen."""
    return {
        str(one["name"]): int(one.get("count") or len(one.get("users") or ()))
        for one in objects(reactions)
        if one.get("name")
    }


def find_people(parts: Any) -> list[str]:
    """Name whom blocks speak to, by id, each once."""
    found = (item.get("user_id") for item in _walk(parts) if item.get("type") == "user")
    return list(dict.fromkeys(str(key) for key in found if key))


def _walk(parts: Any) -> Iterator[Payload]:
    """Give every object within, in order."""
    waiting = [(parts, 0)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, dict):
            yield item
            item = list(item.values())
        if depth < _DEEPEST and isinstance(item, list):
            waiting += [(value, depth + 1) for value in reversed(item)]


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


def objects(items: Any) -> list[Payload]:
    """Give the objects of a list; none where there is no list."""
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _object(item: Any) -> Payload:
    return item if isinstance(item, dict) else {}


def _number(item: Any) -> int:
    return min(max(item, 0), 1_000) if isinstance(item, int) else 0


def _rows(block: Payload) -> list[Any]:
    rows = block.get("rows")
    return rows if isinstance(rows, list) else []
