"""Lists by cursors: a cursor is a place in an order, not a number of things before it."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar

from tests.support.slack.answers import Call, Refusal
from tests.support.slack.manners import Manners

MOST = 999
"""Things of a page; who asks for more is refused."""

Thing = TypeVar("Thing")

_EMPTY = count(1)


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Thing]):
    """A part of a list, and the cursor of the next one, empty at the end."""

    things: Sequence[Thing]
    cursor: str


def limit(call: Call, default: int, most: int = MOST) -> int:
    """Read how long a page may be.

    Raises:
        Refusal: it is no number from 1 to 999.
    """
    text = call.args.get("limit") or "0"
    if not text.isdigit() or int(text) > MOST:
        raise Refusal("invalid_limit")
    return min(int(text) or default, most)


def place(call: Call, word: str) -> str | None:
    """Read where the page begins, as a cursor of that ``word`` names it.

    Raises:
        Refusal: it is no cursor of this list.
    """
    cursor = call.args.get("cursor")
    if not cursor:
        return None
    try:
        named, _, found = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refusal("invalid_cursor") from None
    if named != word or not found:
        raise Refusal("invalid_cursor")
    return found.partition(":")[0]


def cut(
    things: Sequence[Thing],
    size: int,
    manners: Manners,
    *,
    word: str,
    name: Callable[[Thing], str],
) -> Page[Thing]:
    """Cut a page off a list that begins at the cursor's place; the next cursor names what follows.

    A page may be shorter than it could be, and even empty.
    """
    size = min(next(manners.sizes, size), size)
    shown = things[:size]
    if size >= len(things):
        return Page(things=shown, cursor="")
    told = f"{word}:{name(things[size])}"
    if not size:
        told += f":{next(_EMPTY)}"  # so that no two cursors in a row are the same
    return Page(things=shown, cursor=base64.b64encode(told.encode()).decode())
