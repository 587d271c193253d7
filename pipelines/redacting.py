"""Takes the environment's secrets out of what is shown."""

import re
import traceback
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from sources.errors import hide_logins

_SECRET_NAME: Final = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|_KEY$|PRIVATE")
_LOGINS: Final = (
    re.compile(r"://[^\s/:@]*:(?!\d{1,5}/)(\S+)@"),
    re.compile(r"://[^\s/:@]*:([^\s/@]+)@"),
)
"""The password in a URL, which may hold signs of one itself, but is no port; in each of several."""

_SETTING: Final = re.compile(
    r"(?:^|[\s?&])(?:(?:ssl)?password|secret_key|session_token)\s*=\s*"
    r"(?:'((?:[^'\\]|\\.)*)'|([^\s&']+))"
)
"""One in a query, or among the words of a connection string."""

_SHORTEST_SECRET: Final = 4
_WORDS: Final = frozenset({"true", "false", "none", "null"})
"""What a setting may say of a secret instead of telling it."""


def redact(text: str, environ: Mapping[str, str]) -> str:
    """Take every secret that the environment holds out of ``text``, and logins out of its URLs.

    >>> redact("no login with s3cr3t!", {"GITHUB_TOKEN": "s3cr3t!"})
    'no login with ***'
    """
    for secret in sorted(_secrets(environ), key=len, reverse=True):
        text = text.replace(secret, "***")
    return hide_logins(text)


def _secrets(environ: Mapping[str, str]) -> set[str]:
    found = {value for name, value in environ.items() if _SECRET_NAME.search(name.upper())}
    for value in environ.values():
        passwords = {word for login in _LOGINS for word in login.findall(value)}
        passwords |= {word for words in _SETTING.findall(value) for word in words}
        found |= passwords | set(map(unquote, passwords))
    return {
        value for value in found if len(value) >= _SHORTEST_SECRET and value.lower() not in _WORDS
    }


def shows_secret(error: BaseException, environ: Mapping[str, str]) -> bool:
    """Say whether an error, or one it came from, has a secret of the environment in its words."""
    words = "".join(traceback.format_exception(error))
    return redact(words, environ) != words
