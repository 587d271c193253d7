"""A regular expression with named groups as a format."""

import re
from typing import Final

import pyarrow as pa

from sources.api_log.formats.aliases import ALIASES
from sources.api_log.formats.clocks import EPOCH, expand
from sources.api_log.formats.json_presets import field_of
from sources.api_log.formats.strings import check_dated, fault
from sources.api_log.kernels import pc
from sources.api_log.layout import Field, Layout
from sources.api_log.settings import MAPPED
from sources.api_log.text import TextFormat

_GROUP: Final = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
_CUT: Final = re.compile(r"'([^']*)'|: (.*)$")


def compile_regex(form: str, time_format: str | None) -> TextFormat:
    """Compile an expression: RE2, which takes time linear in the line.

    Groups are named like the columns, or like the keys that JSON lines use for them; a group of
    another name becomes an extra.

    Raises:
        ConfigError: it is none, or has no group for the time; points at the character.
    """
    names = _GROUP.findall(form)
    if not names:
        raise fault(form, 0, "it has no named group")
    fields = tuple(_field(name, time_format) for name in names)
    check_dated(form, fields)
    counter = iter(range(len(names)))
    expression = _GROUP.sub(lambda _: f"(?P<f{next(counter)}>", form)
    try:
        groups = pc.extract_regex(pa.array([b""], pa.binary()), expression).type
    except pa.ArrowInvalid as error:
        raise fault(form, _place(form, str(error)), f"RE2 refuses it: {error}") from None
    for number, match in enumerate(_GROUP.finditer(form)):
        if groups.get_field_index(f"f{number}") < 0:
            raise fault(form, match.start(), "what looks like a group is none")
    layout = Layout(
        head=b"",
        fields=fields,
        between=(b"",) * len(fields),
        fixed=False,
        expression=expression,
    )
    return TextFormat(name=form, written=True, layouts=(layout,))


def _field(name: str, time_format: str | None) -> Field:
    column = name
    if name not in MAPPED:
        column = next((item for item, keys in ALIASES.items() if name in keys), name)
    field = field_of(column)
    if field.role != "time" or time_format is None:
        return Field(role="time", form="any") if field.role == "time" else field
    return Field(role="time", form="epoch" if time_format == EPOCH else expand(time_format))


def _place(form: str, message: str) -> int:
    """Where RE2's complaint stands in the expression, as far as it says."""
    if "missing )" in message:
        return _never_closed(form)
    message = message.rpartition(": ")[2]
    for match in _CUT.finditer(message):
        culprit = match[1] or match[2] or ""
        at = form.find(culprit) if culprit else -1
        if at >= 0:
            return at
    at = form.find(message)
    return max(at, 0)


def _never_closed(form: str) -> int:
    """Where the last parenthesis opens that nothing closes."""
    opened: list[int] = []
    for match in re.finditer(r"\\.|\[(?:\\.|[^\]\\])*\]|[()]", form):
        if match[0] == "(":
            opened.append(match.start())
        elif match[0] == ")" and opened:
            opened.pop()
    return opened[-1] if opened else 0
