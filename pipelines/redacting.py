"""Takes the environment's secrets out of what is shown."""

import re
import traceback
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

_SECRET_NAME: Final = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|_KEY$|PRIVATE")
_SHORTEST_SECRET: Final = 4


def redact(text: str, environ: Mapping[str, str]) -> str:
    """Take every secret that the environment holds out of ``text``.

    >>> redact("no login with s3cr3t!", {"GITHUB_TOKEN": "s3cr3t!"})
    'no login with ***'
    """
    for secret in sorted(_secrets(environ), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _secrets(environ: Mapping[str, str]) -> set[str]:
    found = {value for name, value in environ.items() if _SECRET_NAME.search(name.upper())}
    for value in environ.values():
        if "://" in value and "@" in value:
            password = urlsplit(value).password or ""
            found |= {password, unquote(password)}
    return {value for value in found if len(value) >= _SHORTEST_SECRET}


def shows_secret(error: BaseException, environ: Mapping[str, str]) -> bool:
    """Say whether an error, or one it came from, has a secret of the environment in its words."""
    words = "".join(traceback.format_exception(error))
    return redact(words, environ) != words
