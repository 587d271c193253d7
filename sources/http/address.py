"""Where an API is, and what does not lead away from there."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from sources.errors import ConfigError

_PORTS: Final = {"https": 443, "http": 80}
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_LOOPBACK: Final = frozenset({"127.0.0.1", "[::1]", "localhost"})

_REMEDY: Final = "Write a URL like https://api.example.org"

Origin = tuple[str, str, int]
"""Scheme, host, port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The base of an API.

    Attributes:
        source_id: whose.
        base: its URL without a slash at the end.
    """

    source_id: str
    base: str

    @property
    def host(self) -> str:
        """The host for people to read."""
        return self.base.partition("://")[2].partition("/")[0]

    def resolve(self, path_or_url: str) -> str:
        """Give the whole URL of a path below the base, or of one that leads there already.

        Raises:
            ConfigError: it leads to another host.
        """
        if not _ABSOLUTE.match(path_or_url):
            return f"{self.base}/{path_or_url.lstrip('/')}"
        found = origin(path_or_url)
        if found is not None and found == origin(self.base):
            return path_or_url
        raise ConfigError(
            f"{self.source_id}: an answer of {self.host} leads to another host"
            + ("" if found is None else f", {found[1]}"),
            remedy="Set base_url to the address that the server itself names",
        )

    def follow(self, url: str, location: str) -> str:
        """Give where a redirection of ``url`` leads.

        Raises:
            ConfigError: to another host.
        """
        try:
            there = urljoin(url, location)
        except ValueError:
            there = "unreadable://"
        return self.resolve(there)


def check_address(source_id: str, base_url: str) -> Address:
    """Read the base URL of an API.

    Raises:
        ConfigError: no https (plain http is for loopback only), no host, a user or a secret in it,
            or more than a path. The URL is not repeated.
    """
    if wrong := _complaint(base_url):
        raise ConfigError(f"{source_id}: base_url: {wrong}", remedy=_REMEDY)
    return Address(source_id=source_id, base=base_url.rstrip("/"))


def check_base(base_url: str) -> str:
    """Give the base URL back if it is one, for settings: before it can be shown with them.

    Raises:
        ValueError: as :func:`check_address` says, without the URL.
    """
    if wrong := _complaint(base_url):
        raise ValueError(f"{wrong}. {_REMEDY}")
    return base_url


def _complaint(base_url: str) -> str:
    if "@" in base_url:
        return "it holds a user or a secret"
    if "?" in base_url or "#" in base_url:
        return "it has more than host and path"
    found = origin(base_url)
    if found is None or found[0] not in _PORTS or not base_url.isascii() or " " in base_url:
        return "it is no URL of the web"
    if found[0] == "http" and found[1] not in _LOOPBACK:
        return "plain http is for this machine only"
    return ""


def origin(url: str) -> Origin | None:
    """Give scheme, host and port; ``None``: it has none, or a user besides.

    Reads as the library reads that sends: two opinions of a host are a way around this check.

    >>> origin("https://API.example.org/v3/x?page=2")
    ('https', 'api.example.org', 443)
    """
    try:
        parts = parse_url(url)
    except LocationParseError:
        return None
    if not parts.scheme or not parts.host or parts.auth is not None:
        return None
    return parts.scheme, parts.host, parts.port or _PORTS.get(parts.scheme, 0)
