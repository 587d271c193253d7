"""GraphQL's lists: a cursor is a place in an order, not a number of things before it."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from typing import Any

from graphql import GraphQLError

Key = tuple[Any, ...]
"""What a list is ordered by: strings and numbers."""


def connect(
    things: Iterable[Any],
    render: Callable[[Any], Any],
    key: Callable[[Any], Key],
    *,
    first: int | None = None,
    after: str | None = None,
    down: bool = False,
    edge: Callable[[Any], dict[str, Any]] = lambda _: {},
) -> dict[str, Any]:
    """Give the part of a list behind ``after``.

    Whatever moves before that place between two parts is not seen, as with the real thing.
    """
    ordered = sorted(things, key=key, reverse=down)
    start = 0
    if after is not None:
        place = _place(after)
        passed = [(key(one) < place) if down else (key(one) > place) for one in ordered]
        start = passed.index(True) if True in passed else len(ordered)
    shown = ordered[start : start + (first or 0)]
    cursors = [_cursor(key(one)) for one in shown]
    nodes = [render(one) for one in shown]
    return {
        "nodes": nodes,
        "edges": [
            {"cursor": cursor, "node": node, **edge(one)}
            for cursor, node, one in zip(cursors, nodes, shown, strict=True)
        ],
        "totalCount": len(ordered),
        "pageInfo": {
            "hasNextPage": start + len(shown) < len(ordered),
            "hasPreviousPage": start > 0,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def _cursor(key: Key) -> str:
    return base64.b64encode(json.dumps(key).encode()).decode()


def _place(cursor: str) -> Key:
    try:
        return tuple(json.loads(base64.b64decode(cursor)))
    except (binascii.Error, ValueError):
        raise GraphQLError(f"`{cursor}` does not appear to be a valid cursor.") from None
