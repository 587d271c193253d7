"""What a message is made of besides text and blocks: attachments, files, reactions."""

import re
from collections.abc import Iterator
from typing import Any, Final

from sources.slack.blocks import DEEPEST, as_object, objects, read_blocks
from sources.slack.names import Names, Payload
from sources.slack.text import plain, unescape

_NO_TEXT: Final = frozenset(
    {"This content can't be displayed.", "[no preview available]", "[no text body]"}
)
"""What stands in the place of a text that an app did not give."""

_WORD: Final = re.compile(r"[^\W_]+")

_HIDDEN: Final = {"tombstone": "a file that was deleted", "hidden_by_limit": "a hidden file"}
"""What is left of files that are not there any more, by their modes."""


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
        yield read_blocks(as_object(shared.get("message")).get("blocks"), names)
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
        if depth < DEEPEST and isinstance(item, list):
            waiting += [(value, depth + 1) for value in reversed(item)]


def find_addresses(parts: Any) -> Iterator[str]:
    """Give every address in blocks and attachments, as it is written."""
    waiting = [(parts, 0)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            if "://" in item:
                yield item
        elif depth < DEEPEST and isinstance(item, dict):
            waiting += [(value, depth + 1) for value in reversed(item.values())]
        elif depth < DEEPEST and isinstance(item, list):
            waiting += [(value, depth + 1) for value in reversed(item)]
