"""Slack's own markup, as plain text."""

import re
from datetime import UTC, datetime
from typing import Final

from sources.slack.names import Names

_TOKEN: Final = re.compile(r"<([^<>\n]{1,8000})>")
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_ALL: Final = frozenset({"here", "channel", "everyone", "group"})
_PEOPLE: Final = re.compile(r"<@([BUW][A-Z0-9]+)(?:\|[^<>]*)?>")


def plain(text: str, names: Names) -> str:
    """Write text without markup: people, channels and addresses as a reader sees them.

    >>> plain("<@U1> &lt;3 <https://x.org/a?b=1&amp;c=2|this>", Names(users={"U1": "Ada"}))
    '@Ada <3 this (https://x.org/a?b=1&c=2)'
    """
    pieces = []
    for position, piece in enumerate(_TOKEN.split(text)):
        pieces.append(_read(piece, names) if position % 2 else unescape(piece))
    return "".join(pieces)


def unescape(text: str) -> str:
    """Put the three signs back that Slack escapes; ``&amp;lt;`` is what somebody wrote as such.

    >>> unescape("&amp;lt; &lt;")
    '&lt; <'
    """
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    return text


def mentioned(text: str) -> list[str]:
    """Name whom a text speaks to, by id, each once.

    >>> mentioned("<@U1> and <@W2|bob>, <@U1>")
    ['U1', 'W2']
    """
    return list(dict.fromkeys(_PEOPLE.findall(text)))


def _read(token: str, names: Names) -> str:
    aim, _, label = token.partition("|")
    label = unescape(label)
    match aim[:1]:
        case "@":
            return f"@{names.users.get(aim[1:]) or label or aim[1:]}"
        case "#":
            return f"#{names.channels.get(aim[1:]) or label or aim[1:]}"
        case "!":
            return _read_command(aim[1:], label)
        case _:
            return _read_link(unescape(aim), label)


def _read_command(aim: str, label: str) -> str:
    word, _, rest = aim.partition("^")
    first = rest.partition("^")[0]
    if word in _ALL:
        return f"@{word}"
    if word == "subteam":
        return f"@{label.removeprefix('@') or first}"
    if word == "date":
        return label or write_time(first)
    return label or f"@{first or word}"


def write_time(seconds: object) -> str:
    """Write a time that only a reader's own clock would show; what is none stays as it is.

    >>> write_time("1392734382"), write_time("soon")
    ('2014-02-18 14:39 UTC', 'soon')
    """
    text = str(seconds)
    if not text.isascii() or not text.isdigit() or len(text) > len("9999999999"):
        return text
    return f"{datetime.fromtimestamp(int(text), UTC):%Y-%m-%d %H:%M} UTC"


def _read_link(address: str, label: str) -> str:
    bare = address.removeprefix("mailto:").removeprefix("tel:")
    if not label or label in (address, bare) or address.endswith(f"://{label}"):
        return bare
    return f"{label} ({bare})"
