"""Where an API is, and what does not lead away from there."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from sources.errors import ConfigError

_PORTS: Final = {"https": 443, "http": 80}
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

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
        return urlsplit(self.base).netloc

    def resolve(self, path_or_url: str) -> str:
        """Give the whole URL of a path below the base, or of one that leads there already.

        Raises:
            ConfigError: it leads to another host.
        """
        if "://" not in path_or_url:
            return f"{self.base}/{path_or_url.lstrip('/')}"
        if origin(path_or_url) == origin(self.base):
            return path_or_url
        raise ConfigError(
            f"{self.source_id}: an answer of {self.host} leads to another host,"
            f" {urlsplit(path_or_url).hostname}",
            remedy="Set base_url to the address that the server itself names",
        )

    def follow(self, url: str, location: str) -> str:
        """Give where a redirection of ``url`` leads.

        Raises:
            ConfigError: to another host.
        """
        return self.resolve(urljoin(url, location))


def check_address(source_id: str, base_url: str) -> Address:
    """Read the base URL of an API.

    Raises:
        ConfigError: no https (plain http is for loopback only), no host, a user or a secret in it,
            or more than a path. The URL is not repeated.
    """
    if wrong := _complaint(base_url):
        raise ConfigError(
            f"{source_id}: base_url: {wrong}", remedy="Write a URL like https://api.example.org"
        )
    return Address(source_id=source_id, base=base_url.rstrip("/"))


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

    >>> origin("https://API.example.org/v3/x?page=2")
    ('https', 'api.example.org', 443)
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port or _PORTS.get(parts.scheme, 0)
