"""What secrets, addresses and names of users look like in free text, as RE2 reads it."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from sources.tokens import SLACK

_INSIDE: Final = r"(?:[14-9a-f][0-9a-f]|2[14-9a-e]|3[0-9a-e])"  # no blank, quote, #, / or ?
USERINFO: Final = (  # in a path, // is no beginning of a host
    r"(?i)(\b[a-z][a-z0-9+.-]*://)[^/?#\s\"]*@"
    r"|((?:^|[^\w/.~-]|%[0-9a-f]{2})//)[^/?#\s\"@:]*:[^/?#\s\"]*@"
)


def _login(percent: str, *, whole: bool = False) -> str:
    """Match an encoded login, maybe a user alone if it need not be ``whole``.

    Only behind its colon may be what ends a parameter or a word.
    """
    user = rf"(?:[^/?#\s\"&%+,;)]|{percent}(?:[14-9a-f][0-9a-f]|2[1457-9abde]|3[0-9ac-e]))"
    word = rf"(?:[^/?#\s\"&%]|{percent}{_INSIDE})"
    both = rf"{user}*?(?::|{percent}3A){word}*"
    return both if whole else rf"(?:{both}|{user}*)"


NESTED_USERINFO: Final = (  # of a URL within one: encoded once, twice, or its @ alone
    rf"(?i)((?::|%3A)%2F%2F){_login('%')}(%40|@)"
    rf"|(%253A%252F%252F){_login('%25')}(%2540)"
    rf"|(://)[^/?#\s\"&:@%+,;)]*:(?:[^/?#\s\"&:@%]|%{_INSIDE})*(%40)"
    rf"|((?:^|[=\s\"'(,]|%(?:3D|22|27|2C|20))%2F%2F){_login('%', whole=True)}(%40|@)"
)
_PLAIN: Final = r'(?:[^"\\\r\n]|\\.)'
_WITHIN: Final = r'(?:[^"\\\r\n]|\\\\\\.|\\\\?[^"\\])'  # JSON as a text of JSON
_DEEPER: Final = r'(?:[^"\\\r\n]|\\\\\\\\+.|\\?\\?\\[^"\\])'  # in a text of such JSON


def _value_behind(before: str, quote: str) -> str:
    """Match a text or a list of texts, of JSON mostly; what is before it is one of six groups."""
    return (
        rf'(?:({before}\[\s*\\"){_WITHIN}*(?:\\"\s*,\s*\\"{_WITHIN}*)*|({before}\\"){_WITHIN}+'
        rf'|({before}\[\s*"){_PLAIN}*(?:"\s*,\s*"{_PLAIN}*)*'
        rf'|({before}\[\s*\\\\+"){_DEEPER}*(?:\\+"\s*,\s*\\+"{_DEEPER}*)*'
        rf'|({before}\\\\+"){_DEEPER}+|({before}{quote}){_PLAIN}+)'
    )


_NAME: Final = (
    r"(?:(?:proxy-)?authorization|(?:set-)?cookie2?"
    r"|x-[a-z0-9-]*(?:key|token|secret|password|session-?id|auth))"
)
_BESIDE: Final = rf"[\[,(]\s*\\*[\"']{_NAME}\\*[\"']\s*,\s*"
HEADERS: Final = (
    rf"(?i)\b({_NAME})"
    + _value_behind(r"\\*[\"']?\s*(?:=>|[:=])\s*", r"\[?[\"']?")
    + rf'|({_BESIDE}\\"){_WITHIN}+|({_BESIDE}["\']){_PLAIN}+'
)
"""Headers that authorize: their name, and as one of six groups what is before the value; or, in
lists of names and values such as Node's `rawHeaders`, as one of two what is before that. These nine
groups are all that RE2 can write back."""
_PARAMETER: Final = r'[a-z0-9_-]+\s*=\s*(?:"[^"\\]*"|[^\s",|}\\]+)'
PARAMETERS: Final = (
    r"(?i)\b(authorization\\*[\"']?\s*(?:=>|[:=])\s*\[?[\"']?[a-z0-9-]+\s+)"
    rf"{_PARAMETER}(?:\s*,\s*{_PARAMETER})*"
)
"""What follows the scheme of such a header, where quotes within it do not end it."""
_ITEM: Final = rf'"(?:name|key)\\*"\s*:\s*\\*"{_NAME}\\*"\s*,\s*\\*"value\\*"\s*:\s*'
ITEMS: Final = rf'(?i)({_ITEM}\\"){_WITHIN}+|({_ITEM}"){_PLAIN}+'
"""The same in lists of objects with a name and a value each."""
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
_NAMES: Final = (
    r"remote_?user|user|user_?name|user_?id|clientusername|enduser\.id|caller|custom_id"
    r"|x-consumer-(?:username|custom-id)|x-credential-identifier"
)
_ADDRESS: Final = r"[0-9a-fA-F.:]*[.:][0-9a-fA-F.:]*,?"
_NAMED: Final = rf"\\*\"(?:{_NAMES})\\*\"\s*:\s*\[?\s*"
USERS: Final = (
    (rf"^([^ \"]+ (?:(?:-|{_ADDRESS}) )?)[^\"\[]+( \[[0-9]{{2}}/[A-Za-z]{{3}}/)", r"\1%s\2"),
    (rf'(?i)({_NAMED}\\"){_WITHIN}+|({_NAMED}"){_PLAIN}+', r"\1\2%s"),
    (r"^([^ ,]+, )[^,]+(, [0-9])", r"\1%s\2"),
)
"""Names of users in lines like Apache's, in JSON and in lines of IIS; what is written instead."""
USER_NAME: Final = re.compile(rf"(?i)(?:^|\.)(?:{_NAMES})$")
"""What a field is called that holds one."""
USER_KEYS: Final = rf"(?i)((?:^|[\s?&;,|{{(])(?:{_NAMES})=)(?:\"[^\"]*\"?|[^\s&;,\"]+)"
"""Names of users behind keys of their own, as in the tail of a line."""

_BETWEEN: Final = r"(?:%(?:25)*(?:20|22|2C|2F|3A|3B|7C|0[9AD])|[\s:;,|/\"'])"
_SHAPES: Final = (
    r"gh[pousr]_[A-Za-z0-9]{16,}",
    r"github_pat_[A-Za-z0-9_]{16,}",
    r"glpat-[A-Za-z0-9_-]{16,}",
    SLACK,
    rf"(?:AKIA|ASIA)[A-Z0-9]{{16}}(?:{_BETWEEN}+[A-Za-z0-9/+]{{40}})?",
    r"AIza[A-Za-z0-9_-]{30,}",
    r"[rs]k_(?:live|test)_[A-Za-z0-9]{10,}",
    r"sk-(?:[A-Za-z0-9]{32,}|ant-[a-z]+[0-9]{2}-[A-Za-z0-9_-]{20,}|or-v1-[A-Za-z0-9]{20,})",
    r"sk-(?:admin|proj|svcacct)-[a-z0-9_-]*[A-Z][A-Za-z0-9_-]{31,}",  # a capital: no words
    r"npm_[A-Za-z0-9]{30,}",
    r"pypi-AgE[A-Za-z0-9_-]{16,}",
    r"bot[0-9]{6,}:[A-Za-z0-9_-]{30,}",
    r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",
)
SHAPES: Final = rf"(\b|%(?:25)*[0-9A-Fa-f]{{2}})(?:{'|'.join(_SHAPES)})"
"""Tokens that are known by their looks, wherever they stand: of GitHub, GitLab, Slack, AWS (with
the secret behind a key's id), Google, Stripe, OpenAI and others like it, npm, PyPI and Telegram,
and JSON web tokens. First group: a percent-encoded sign before one."""

PRIVATE_KEYS: Final = (
    r"(?s)(-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----)"
    r".*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)"
)
LOGINS: Final = (
    r"(?i)(\bcurl(?:\.exe)?\s(?:[^|\r\n]*?\s)?(?:-[a-z0-9#]*u\s*|--(?:proxy-)?user(?:\s+|=)))"
    r"(?:(\"[^\":]*:)[^\"]+|('[^':]*:)[^']+|([^\s\"':]*:)[^\s\"']+)"
)
"""A private key in PEM; ``user:password`` among the options of curl."""

ODD_KEY: Final = re.compile(r"(?:^|[?&;#\s\"/|{,])([^?&;#\s\"/|{,=]+)=")
"""Any key, percent-encoded or not, as :func:`values_of` finds those that are known."""
VALUE: Final = re.compile(r"[^&;#]+")
"""What stands behind such a key; more of free text than behind a plain one, rather than less."""


_USUAL: Final = frozenset(("code", "key", "state"))
"""Keys of queries that are something else in other places: in JSON, in filters, in brackets."""


def keys_of_agents(keys: Sequence[str]) -> Sequence[str]:
    """Leave out what agents say of themselves, whose pairs tell of a device mostly."""
    return [key for key in keys if key.lower() not in {*_USUAL, "sid"}] or keys


def is_secret(key: str, known: Collection[str], *, listed: bool) -> bool:
    """Whether a key, decoded and in small letters, is known, or a part of it in brackets is.

    In brackets, and ``listed`` behind a comma, the usual keys are none.
    """
    first, *others = (part.rstrip("]").strip() for part in key.split("["))
    parts = [first, *others] if listed else others
    return (first in known and not listed) or any(
        part in known and part not in _USUAL for part in parts
    )


def values_of(keys: Sequence[str]) -> str:
    """Match ``key=`` of these keys, to be kept as the first group, and its value."""
    place = r"(?:\[[^\]=&]*\]|%5B[^=&]*?%5D)?"
    quoted = r'\\*"[^&;#\s",:}\]\\](?:[^&;#"]*"|[^&;#\s"]*)'  # not what ends a text of JSON
    begin = _begun(r"?&;#\s\"/|{", keys)
    return rf"(?i)({begin}{place}=)(?:{quoted}|[^&;#\s\"]+)"


def nested_of(keys: Sequence[str]) -> str:
    """Match the same in a URL that is itself a value, percent-encoded once or more.

    In a filter, which is a value too, the usual keys are none of secrets.
    """
    begin = r"(?:^|[?&;#]|%(?:25)*(?:3F|26|23|3B))"
    within = r"(?:^|[?&;#=|{/,\[]|%(?:25)*(?:3F|26|23|3B|3D|7C|7B|22|2C|2F|20|5B|0[9AD]))"
    usual = [key for key in keys if key.lower() in _USUAL]
    named = rf"{within}(?:{_any(_unusual(keys))})|{begin}(?:{_any(usual)})"
    place = r"(?:\]|%(?:25)*5D)?(?:(?:\[|%(?:25)*5B)[^=&]*?(?:\]|%(?:25)*5D))?"
    value = r"(?:[^&;#\s\"%]|%(?:[013-9a-f][0-9a-f]|2[0-57-9a-f]))+"
    return rf"(?i)((?:{named}){place}(?:=|%(?:25)*3D)){value}"


def members_of(keys: Sequence[str]) -> str:
    """Match members of JSON that these keys name: eight groups of what is kept, and the value.

    A value is a text, a list of texts or a number, all of it; quotes may be escaped, or single.
    """
    quote = r"(?:\\*[\"']|\\x22)"
    named = rf"({quote}(?:{_any(_unusual(keys))}){quote}\s*(?::|=>)\s*)"
    text, other = r'(?:[^"\\]|\\.)', r"(?:[^'\\]|\\.)+"
    several = rf'(\[\s*"){text}*(?:"\s*,\s*"{text}*)*'
    within = rf'(\[\s*\\"){_WITHIN}*(?:\\"\s*,\s*\\"{_WITHIN}*)*|(\\"){_WITHIN}+'
    deeper = rf'(\[?\s*\\\\+"){_DEEPER}+'
    nginx = r'(\[?\s*\\x22)[^"\\]+'
    texts = rf"{several}|{within}|{deeper}|{nginx}|(\"){text}+|(\[?'){other}"
    return rf"(?i){named}(?:{texts}|-?[0-9][^\",}}\]\s]*)"


def encoded_members_of(keys: Sequence[str]) -> str:
    """Match the same with its quotes percent-encoded, once or twice: two groups for each."""
    named = _any(_unusual(keys))
    return "(?i)" + "|".join(_encoded_member(named, percent) for percent in ("%", "%25"))


def _encoded_member(named: str, percent: str) -> str:
    blank = rf"(?:\s|\+|{percent}(?:20|0[9AD]))*"
    quote, plain = f"{percent}22", r"[^&#\s\"%]"
    text = rf"(?:{plain}|{percent}5C{quote}|{percent}(?:[013-9a-f][0-9a-f]|2[013-9a-f]))+"
    items = rf"(?:[^&#\]%]|{percent}(?:[0-46-9a-f][0-9a-f]|5[0-9abcef]))+"
    begin = rf"{quote}(?:{named}){quote}{blank}(?::|{percent}3A){blank}"
    return rf"({begin})(?:({quote}){text}|(?:\[|{percent}5B){items}|-?[0-9][^&#,}}\]\s%]*)"


def assigned_of(keys: Sequence[str]) -> str:
    """Match ``key = value`` in free text: the key as one of four groups, what follows as a fifth.

    A value in quotes goes up to their end, another one to the end of the word. Behind a colon only
    one in quotes is meant, and behind ``key= `` none that is a pair of its own.
    """
    quoted = r'"(?:[^"\\]|\\.)*"?|\\+"[^"\\]*(?:\\+")?|\'(?:[^\'\\]|\\.)*\'?'
    begin = r"(?:^|[\s;,|{(\"']|--)"
    member = rf"((?:{begin}|:)(?:{_any(_unusual(keys))})\s*(?::|=>)\s*)(?:{quoted})"
    named = rf"{begin}(?:{_any(_unusual(keys))})"
    spaced = rf"({named}(?:[ \t]+=>?|=>)[ \t]*)[^\s\"'&;|,>][^\s\"'&;|,]*"
    other = r"[\w.-]*[^\s\"'&;|,=>\w.-][^\s\"'&;|,]*"  # not the name of another pair
    late = rf"({named}=[ \t]+)(?:[\w.-]+=*([\s\"'&;|,]|$)|{other})"
    most = _begun(r"\s;|{(\"'", keys)
    return rf"(?i)((?:--(?:{_any(keys)})|{most})[ \t]*=[ \t]*)(?:{quoted})|{member}|{spaced}|{late}"


def options_of(keys: Sequence[str]) -> str:
    """Match ``--key value`` and ``--key=value`` of a command, the option as the first group."""
    value = r"\"[^\"]*\"?|'[^']*'?|[^\s\"'-][^\s\"]*"
    return rf"(?i)((?:^|[\s\"'])--(?:{_any(_unusual(keys))})(?:=|\s+))(?:{value})"


def _begun(before: str, keys: Sequence[str]) -> str:
    """Match a key behind one of some signs, or behind a comma, as in a list, if it is unusual."""
    return rf"(?:(?:^|[{before}])(?:{_any(keys)})|,(?:{_any(_unusual(keys))}))"


def _unusual(keys: Sequence[str]) -> list[str]:
    return [key for key in keys if key.lower() not in _USUAL]


def _any(keys: Sequence[str]) -> str:
    return "|".join(re.escape(key) for key in sorted(keys, key=len, reverse=True)) or r"[^\s\S]"
