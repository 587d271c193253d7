"""What an API answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from requests.utils import parse_header_links

_MOVED: Final = 300
"""The first status that is no success."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, read to its end.

    Attributes:
        status: of HTTP; the caller judges what is below 500 and no limit.
        data: the JSON; ``None`` where there is none, as with 204 and 304.
        etag: to be given with the next request for the same thing; ``None``: it has none.
        headers: by their names in any case.
        unchanged: whether the thing is as the given ``etag`` knew it (304); it cost no quota then.
        url: what answered in the end; another than asked for where the service redirected.
    """

    status: int
    data: Any = field(default=None, repr=False)
    etag: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    unchanged: bool = False
    url: str = ""

    @property
    def good(self) -> bool:
        """Whether the service did as it was asked."""
        return self.status < _MOVED or self.unchanged

    @property
    def next_url(self) -> str | None:
        """The page behind this one, as the header ``Link`` names it."""
        return self._linked("next")

    @property
    def last_page(self) -> int | None:
        """The number of the last page, as the header ``Link`` has it; ``None``: not said.

        >>> link = '<https://api.example.org/list?per_page=1&page=31>; rel="last"'
        >>> Answer(status=200, headers={"Link": link}).last_page
        31
        """
        numbers = parse_qs(urlsplit(self._linked("last") or "").query).get("page", [])
        return next((int(text) for text in numbers if text.isascii() and text.isdigit()), None)

    def _linked(self, relation: str) -> str | None:
        links = parse_header_links(self.headers.get("Link", ""))
        return next((link["url"] for link in links if link.get("rel") == relation), None)
