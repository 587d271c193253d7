"""What a text speaks of: commits, issues, pull requests."""

import re
from dataclasses import dataclass
from typing import Final

_SHA: Final = r"([0-9a-f]{40}(?:[0-9a-f]{24})?)\b"
_REVERTS: Final = re.compile(rf"\bThis reverts commit\s+{_SHA}")
_PICKED: Final = re.compile(rf"\(cherry picked from commit\s+{_SHA}\)")
_COMMITS: Final = re.compile(rf"(?:\b(?i:commit|fixes:)\s+|/commit/){_SHA}")

_NAME: Final = r"[A-Za-z0-9][\w.-]{0,99}/[\w.-]{1,100}"
_NUMBER: Final = r"[1-9]\d{0,9})(?![\w-]"
_NO_TEXT: Final = r"(?![^\[\]\n]{0,200}\]\()(?![^<>\n]{0,200}</a>)"
"""Not in the text of a link, in Markdown or HTML: that leads where the link does."""

_REFERENCE: Final = re.compile(
    rf"https?://github\.com/(?P<page>{_NAME})/(?:issues|pull|discussions)/(?P<page_number>{_NUMBER})"
    rf"|(?<![\w./-])(?P<name>{_NAME})#(?P<number>{_NUMBER})"
    rf"|(?<![\w&/#])(?:#|GH-)(?P<bare>{_NUMBER}){_NO_TEXT}"
    r"|(?<![\w-])(?P<project>[A-Z][A-Z0-9]+)-(?P<issue>[1-9]\d{0,6})(?![\w-])",
    re.ASCII,
)
"""An address, ``owner/name#12``, a bare ``#12``, as GitHub reads them; or a key, ``ABC-12``."""

_NUMBERED: Final = re.compile(r"[#-][1-9]|/[1-9]", re.ASCII)
"""What is in every reference, and seldom in a text without any."""

_NO_PROJECTS: Final = frozenset(
    {"AES", "ARM", "CVE", "CWE", "GPL", "HTTP", "IEC", "IEEE", "ISO", "KOI", "MD", "PEP", "RFC"}
    | {"RSA", "SHA", "TLS", "UTF"}
)
"""Words before a number that name standards, not projects."""

_CLOSES: Final = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What one message speaks of; each once, in the message's order.

    Attributes:
        reverts: commits it says it reverts.
        picked: commits it says it was picked from.
        refs: commits and issues that can be named in full, in normal form.
        numbers: issues without a repository, as ``#12``.
        closes: the issues that it says it closes, in normal form, else as ``#12``.
    """

    reverts: list[str]
    picked: list[str]
    refs: list[str]
    numbers: list[str]
    closes: list[str]


def find_links(message: str, github: str | None = None) -> Links:
    """Read a message.

    Args:
        message: all of it.
        github: the repository, as ``owner/name``, that a bare ``#12`` belongs to.
    """
    reverts, picked = _REVERTS.findall(message), _PICKED.findall(message)
    commits = [f"git:{sha}" for sha in (*reverts, *picked, *_COMMITS.findall(message))]
    numbered = _NUMBERED.search(message) is not None
    found = [_normal(m, github) for m in _REFERENCE.finditer(message)] if numbered else []
    closing = (_REFERENCE.match(message, word.end()) for word in _CLOSES.finditer(message))
    closes = [_normal(match, github) for match in closing if match] if found else []
    return Links(
        reverts=list(dict.fromkeys(reverts)),
        picked=list(dict.fromkeys(picked)),
        refs=list(dict.fromkeys([*commits, *(item for item in found if item[:1].isalpha())])),
        numbers=list(dict.fromkeys(item for item in found if item.startswith("#"))),
        closes=list(dict.fromkeys(item for item in closes if item)),
    )


def _normal(match: re.Match[str], github: str | None) -> str:
    """Name an issue in full where that is possible; empty for what is none."""
    if name := match["page"] or match["name"]:
        return f"github:{name}#{match['page_number'] or match['number']}"
    if number := match["bare"]:
        return f"github:{github}#{number}" if github else f"#{number}"
    if match["project"] in _NO_PROJECTS:
        return ""
    return f"issue:{match['project']}-{match['issue']}"
