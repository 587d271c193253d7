"""GoAccess's ``log-format``, with its ``date-format`` and ``time-format``."""

from collections.abc import Iterator
from typing import Final

from sources.api_log.formats.strings import Part, build_layout, fault
from sources.api_log.layout import Field, Layout
from sources.api_log.text import TextFormat
from sources.errors import ConfigError

SPECIFIERS: Final[dict[str, Field]] = {
    "v": Field(role="host"),
    "e": Field(role="user"),
    "C": Field(role="extra", name="cache"),
    "h": Field(role="client"),
    "r": Field(role="request"),
    "m": Field(role="method"),
    "U": Field(role="target"),
    "q": Field(role="query"),
    "H": Field(role="protocol"),
    "s": Field(role="status"),
    "b": Field(role="bytes_out"),
    "R": Field(role="referrer"),
    "u": Field(role="user_agent"),
    "K": Field(role="tls"),
    "k": Field(role="extra", name="tls.cipher"),
    "M": Field(role="extra", name="content_type"),
    "D": Field(role="duration", form="us"),
    "T": Field(role="duration", form="s"),
    "L": Field(role="duration", form="ms"),
    "n": Field(role="duration", form="ns"),
    "^": Field(role="drop"),
}
"""What its specifiers mean, the times apart."""


def compile_goaccess(form: str, date_format: str | None, time_format: str | None) -> TextFormat:
    """Compile a ``log-format``.

    Raises:
        ConfigError: points at the character that is wrong, or says which of the two other formats
            is missing.
    """
    parts = list(_parts(form, date_format, time_format))
    layout = build_layout(form, parts, open_end=True)
    spaced = any(part.text == _SPACES for part in parts)
    return TextFormat(name=form, layouts=(_relaxed(layout) if spaced else layout,))


_SPACES: Final = "~ "


def _relaxed(layout: Layout) -> Layout:
    """``%~`` stands for any number of spaces: left to the regular expression."""
    return Layout(
        head=layout.head.replace(_SPACES.encode(), b" "),
        fields=layout.fields,
        between=tuple(text.replace(_SPACES.encode(), b" ") for text in layout.between),
        open_end=layout.open_end,
        loose=True,
    )


def _parts(form: str, date_format: str | None, time_format: str | None) -> Iterator[Part]:
    at = 0
    while at < len(form):
        char, after = form[at], form[at + 1 : at + 2]
        if char == "%" and after == "%":
            yield Part(at=at, text="%")
        elif char == "%" and after == "~":
            yield Part(at=at, text=_SPACES)
        elif char == "%":
            yield Part(at=at, field=_field(form, at, after, date_format, time_format))
        elif char == "~" and after == "h":
            end = form.find("}", at)
            if form[at + 2 : at + 3] != "{" or end < 0:
                raise fault(form, at, "'~h' wants its list in braces, as '~h{, }'")
            yield Part(at=at, field=Field(role="client"))
            at = end - 1
        elif char == "\\" and after in ("t", '"', "\\"):
            yield Part(at=at, text={"t": "\t"}.get(after, after))
        else:
            yield Part(at=at, text=char)
            at -= 1
        at += 2


def _field(
    form: str, at: int, letter: str, date_format: str | None, time_format: str | None
) -> Field:
    match letter:
        case "d":
            return Field(role="date", form=_given(date_format, "date_format"))
        case "t":
            return Field(role="clock", form=_given(time_format, "time_format"))
        case "x":
            return Field(role="time", form=_moment(date_format, time_format))
        case _ if letter in SPECIFIERS:
            return SPECIFIERS[letter]
        case _:
            raise fault(form, at, f"GoAccess knows no '%{letter}'")


def _moment(date_format: str | None, time_format: str | None) -> str:
    given = [part for part in (date_format, time_format) if part]
    return _long(" ".join(given)) if given else "any"


def _given(form: str | None, key: str) -> str:
    if form is None:
        raise ConfigError(
            f"format: '{key}' is missing, and the format names that part of a time by itself",
            remedy=f"Set {key} to what goaccess.conf has, such as %d/%b/%Y or %H:%M:%S",
        )
    return _long(form)


def _long(form: str) -> str:
    """What C's ``strptime`` abbreviates and Python's does not know."""
    return form.replace("%T", "%H:%M:%S").replace("%F", "%Y-%m-%d").replace("%R", "%H:%M")
