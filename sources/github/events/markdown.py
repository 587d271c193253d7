"""Markdown, as far as it says what in a text refers to nothing: code, and what is hidden."""

import re
from typing import Final

_MUTE: Final = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|^[ \t>]*(?P<fence>`{3,}|~{3,})[^`\n]*\n.*?(?:^[ \t>]*(?P=fence)|\Z)"
    r"|(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)",
    re.DOTALL | re.MULTILINE,
)
"""A comment, a block of code to its end or that of the text, code within a line."""


def read_prose(text: str) -> str:
    """Leave out of a text what GitHub makes no references of.

    >>> read_prose("Fixes #3:`#4`<!-- #5 -->.")
    'Fixes #3:  .'
    """
    return _MUTE.sub(" ", text) if "`" in text or "~~~" in text or "<!--" in text else text
