"""Formats of the text lines that web frameworks write by themselves."""

from typing import Final

from sources.api_log.templates import template
from sources.api_log.text import TextFormat

_COLOUR: Final = "{drop_token=colour}"

_GIN: Final = (
    f"[GIN] {{time:%Y/%m/%d - %H:%M:%S}} |{_COLOUR} {{status}} {_COLOUR}|{_COLOUR} {{duration:own}}"
    f' {_COLOUR}| {{client}} |{_COLOUR} {{method}} {_COLOUR} "{{target}}"'
)
"""Padded with blanks; colours stand before and behind what they are of, if there are any."""
_GIN_ASIDES: Final = r"^(?:\[GIN-debug\] |Error #\d+: | - using |\[Recovery\] )"

SERVICE_FORMATS: Final = (
    TextFormat(name="gin", layouts=(template(_GIN, loose=True),), asides=_GIN_ASIDES),
)
