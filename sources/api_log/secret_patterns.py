"""What secrets, addresses and names of users look like in free text, as RE2 reads it."""

import re
from collections.abc import Sequence
from typing import Final

from sources.tokens import SLACK

USERINFO: Final = r"(?i)\b([a-z][a-z0-9+.-]*://)[^/?#\s\"]*@"
_PLAIN: Final = r'(?:[^"\\\r\n]|\\.)'
_WITHIN: Final = r'(?:[^"\\\r\n]|\\\\\\.|\\\\?[^"\\])'  # JSON as a text of JSON


def _told(before: str, quote: str) -> str:
    """Match a text or a list of texts, of JSON mostly; what is before it is one of four groups."""
    return (
        rf'(?:({before}\[\s*\\"){_WITHIN}*(?:\\"\s*,\s*\\"{_WITHIN}*)*|({before}\\"){_WITHIN}+'
        rf'|({before}\[\s*"){_PLAIN}*(?:"\s*,\s*"{_PLAIN}*)*|({before}{quote}){_PLAIN}+)'
    )


HEADERS: Final = (
    r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie2?|x-[a-z0-9-]*(?:key|token|secret|password))"
    + _told(r"\\?[\"']?\s*[:=]\s*", r"\[?[\"']?")
)
"""Headers that authorize: their name, and as one of four groups what is before the value."""
_TEXT: Final = r'"(?:[^"\\]|\\.)*"?|[^"{}]'
KEYED: Final = (  # OTLP's attributes, whose values are objects, maybe of lists of objects
    r'(?i)("key"\s*:\s*"[^"]*(?:authorization|cookie|x-api-key)"\s*,\s*"value"\s*:\s*)'
    rf"\{{(?:{_TEXT}|\{{(?:{_TEXT}|\{{(?:{_TEXT})*\}}?)*\}}?)*\}}?"
)
SCHEMES: Final = r"(?i)\b(bearer|basic|negotiate|ntlm)(\s+|%20|\+)[a-z0-9+/=._~-]{4,}"
CHALLENGES: Final = (
    r"(?i)\b(digest|aws4-hmac-sha256|hawk|oauth)(\s+|%20|\+)[a-z_-]+(?:=|%3d)[^|}\r\n]+"
)
ADDRESSES: Final = (
    r"(?i)\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b|(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}"
    r"|[0-9a-f]{0,4}(?::[0-9a-f]{1,4}){0,6}::(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{0,4}"
)
_NAMES: Final = r"remote_?user|user|user_?name|user_?id|clientusername|enduser\.id"
USERS: Final = (
    (r"^((?:[^ \"]+ ){2})[^\"\[]+( \[[0-9]{2}/[A-Za-z]{3}/)", r"\1%s\2"),
    (rf"(?i)(\\?\"(?:{_NAMES})\\?\"\s*:\s*\\?\")[^\"\\]+", r"\1%s"),
    (r"^([0-9a-fA-F.:]+, )[^,]+(, [0-9])", r"\1%s\2"),
)
"""Names of users in lines like Apache's, in JSON and in lines of IIS; what is written instead."""
USER_KEYS: Final = rf"(?i)((?:^|[\s?&;,|{{(])(?:{_NAMES})=)(?:\"[^\"]*\"?|[^\s&;,\"]+)"
"""Names of users behind keys of their own, as in the tail of a line."""

_SHAPES: Final = (
    r"gh[pousr]_[A-Za-z0-9]{16,}",
    r"github_pat_[A-Za-z0-9_]{16,}",
    r"glpat-[A-Za-z0-9_-]{16,}",
    SLACK,
    r"(?:AKIA|ASIA)[A-Z0-9]{16}",
    r"AIza[A-Za-z0-9_-]{30,}",
    r"[rs]k_(?:live|test)_[A-Za-z0-9]{10,}",
    r"bot[0-9]{6,}:[A-Za-z0-9_-]{30,}",
    r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",
)
SHAPES: Final = rf"(\b|%(?:25)*[0-9A-Fa-f]{{2}})(?:{'|'.join(_SHAPES)})"
"""Tokens that are known by their looks, wherever they stand: of GitHub, GitLab, Slack, AWS, Google,
Stripe and Telegram, and JSON web tokens. First group: a percent-encoded sign before one."""

ODD_KEY: Final = re.compile(r"(?:^|[?&;#\s\"/|{])([^?&;#\s\"/|{=]+)=")
"""Any key, percent-encoded or not, as :func:`values_of` finds those that are known."""
VALUE: Final = re.compile(r"[^&;#]+")
"""What stands behind such a key; more of free text than behind a plain one, rather than less."""


_USUAL: Final = ("code", "key", "state")
"""Keys of queries that are something else as members of JSON."""


def values_of(keys: Sequence[str]) -> str:
    """Match ``key=`` of these keys, to be kept as the first group, and its value."""
    return rf"(?i)((?:^|[?&;#\s\"/|{{])(?:{_any(keys)})(?:\[[^\]=&]*\]|%5B[^=&]*?%5D)?=)[^&;#\s\"]+"


def nested_of(keys: Sequence[str]) -> str:
    """Match the same in a URL that is itself a value, percent-encoded once or more."""
    begin = r"(?:[?&;#=|{]|%(?:25)*(?:3F|26|23|3B|3D|7C|7B|22|2C|2F|20|0[9AD]))"
    place = r"(?:(?:\[|%(?:25)*5B)[^=&]*?(?:\]|%(?:25)*5D))?"
    value = r"(?:[^&;#\s\"%]|%(?:[013-9a-f][0-9a-f]|2[0-57-9a-f]))+"
    return rf"(?i)({begin}(?:{_any(keys)}){place}(?:=|%(?:25)*3D)){value}"


def members_of(keys: Sequence[str]) -> str:
    """Match ``"key":`` of these keys in JSON, to be kept as groups, and its text or its texts."""
    named = [key for key in keys if key.lower() not in _USUAL]
    return rf"(?i)(\\?\"(?:{_any(named)}))" + _told(r"\\?\"\s*:\s*", '"')


def _any(keys: Sequence[str]) -> str:
    return "|".join(re.escape(key) for key in sorted(keys, key=len, reverse=True))
