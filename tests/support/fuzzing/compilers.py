"""Format strings out of any text: compiled, or refused with a word that points at the mistake."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from sources.api_log.formats.names import AUTO, FAMILIES
from sources.api_log.settings import ParsingConfig
from sources.errors import ConfigError
from tests.support.fuzzing.logs import ZONE, read_parts

_LONGEST: Final = 300
"""Characters of a format string: what RE2 makes of a longer one says nothing new."""
_GIVEN: Final[Sequence[Mapping[str, Any]]] = (
    {},
    {"time_format": "%Y-%m-%d %H:%M:%S"},
    {"date_format": "%d/%b/%Y", "time_format": "%T"},
)


def check_compilers(data: bytes) -> None:
    """Compile what stands before a NUL, and read what stands behind it as a log of that format."""
    text, _, block = data[1:].decode("utf-8", "replace").partition("\0")
    if not text or len(text) > _LONGEST or text in (AUTO, *FAMILIES):
        return
    given: dict[str, Any] = dict(_GIVEN[data[0] % len(_GIVEN)])
    if data[0] & 64:  # the strings of times are the text
        given = {"date_format": text, "time_format": text}
        text = "%h [%d:%t] %s"
    config = ParsingConfig(format=text, timezone=ZONE, **given)
    with suppress(ConfigError):
        read_parts(config, text, [block.encode()])
