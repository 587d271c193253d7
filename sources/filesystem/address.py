"""Where a remote repository may be: the URLs that are taken, and what none may hold."""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

SCHEMES: Final = ("https", "http", "file")
"""Protocols that git is let speak, and only the one that the URL names; no other, as ``ext::``."""

_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f]")
_HOST: Final = re.compile(r"[a-z0-9:][a-z0-9.:_-]*", re.IGNORECASE)


def check_url(url: str) -> str:
    """Give the URL back if it is one that is read.

    Raises:
        ValueError: it is not; the message repeats nothing of it, as it may hold a secret.
    """
    match = _SCHEME.match(url)
    if match is None or _UNPRINTABLE.search(url):
        raise ValueError(
            "write a URL like https://host/owner/name.git; a folder of this machine is a root_dir"
        )
    if match[1] not in SCHEMES:
        raise ValueError("only URLs of https and file are read, and of http on this machine itself")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("this is no URL: its host or port cannot be read") from None
    _refuse_secret(parts)
    if parts.scheme == "file":
        if parts.netloc or not parts.path.strip("/"):
            raise ValueError("write a file URL with three slashes and a path: file:///srv/name.git")
    elif not parts.hostname or not _HOST.fullmatch(parts.hostname):
        raise ValueError("the URL names no host")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("http is read on this machine itself only; write https")
    return url


def _refuse_secret(parts: SplitResult) -> None:
    if "@" in parts.netloc:
        raise ValueError(
            "the URL holds a user or a secret. Take out what stands before '@' and give the secret "
            "as credentials: {token: {env: NAME}}; if it was a real one, replace it at its service"
        )
    if parts.query or parts.fragment:
        raise ValueError("take out of the URL what stands behind '?' or '#'")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.1", "::1", "example.org")]
    [True, True, True, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def origin(url: str) -> str:
    """Protocol, host and port: to whom a secret is told.

    >>> origin("https://git.example.org:8443/a/b.git")
    'https://git.example.org:8443'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
