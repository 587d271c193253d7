"""Lists by pages, as GitHub cuts them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from tests.support.github.answers import Asked, Given, Refusal

Thing = TypeVar("Thing")


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list, not yet cut.

    Attributes:
        things: in their order.
        render: makes JSON of one.
        path: of the list, as its links have it.
        wrap: the name of the list in an object that counts it as well.
        cap: so many of them and no more, without a word.
        deep: whether it ends with an error where the site's lists do.
        more: what stands beside a wrapped list.
    """

    things: Sequence[Any]
    render: Callable[[Any], Any]
    path: str
    wrap: str = ""
    cap: int | None = None
    deep: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)


def cut(listing: Listing, asked: Asked, api: str, deepest: int) -> Given:
    """Give the page that is asked for, and the links to others.

    Args:
        listing: the whole of it.
        asked: which page.
        api: the URL that links begin with.
        deepest: things that pages lead to.
    """
    size = min(_number(asked, "per_page", 30) or 30, 100)
    page = _number(asked, "page", 1) or 1
    if listing.deep and (page - 1) * size >= deepest:
        words = (
            "In order to keep the API fast for everyone, pagination is limited for this resource."
        )
        raise Refusal(422, words)
    things = listing.things if listing.cap is None else listing.things[: listing.cap]
    shown = [listing.render(one) for one in things[(page - 1) * size : page * size]]
    last = max(-(-len(things) // size), 1)
    data: Any = shown
    if listing.wrap:
        data = {"total_count": len(listing.things), **listing.more, listing.wrap: shown}
    return Given(data=data, headers=_links(listing, asked, api, page, last))


def _number(asked: Asked, name: str, default: int) -> int:
    text = asked.query.get(name, "")
    return int(text) if text.isdigit() else default


def _links(listing: Listing, asked: Asked, api: str, page: int, last: int) -> dict[str, str]:
    places = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    if page >= last:
        places = {"prev": min(page - 1, last), "first": 1}
    if page <= 1:
        places = {name: place for name, place in places.items() if name in {"next", "last"}}
    if last == 1 or not places:
        return {}
    parts = [
        f'<{api}{listing.path}?{urlencode({**asked.query, "page": place})}>; rel="{name}"'
        for name, place in places.items()
    ]
    return {"Link": ", ".join(parts)}


def since(asked: Asked, name: str = "since") -> datetime | None:
    """Read a moment from the query."""
    text = asked.query.get(name)
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(422, f"Invalid value for {name}") from None


def ordered(
    things: Iterable[Thing], asked: Asked, fields: dict[str, Callable[[Thing], Any]]
) -> list[Thing]:
    """Sort by ``sort`` and ``direction`` as issues and pull requests have them: newest first."""
    key = asked.query.get("sort", "created")
    if key not in fields:
        raise Refusal(422, f"Validation Failed: sort {key}")
    return sorted(things, key=fields[key], reverse=asked.query.get("direction", "desc") != "asc")
