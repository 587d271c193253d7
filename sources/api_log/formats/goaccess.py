"""GoAccess's ``log-format``, with its ``date-format`` and ``time-format``."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from sources.api_log.formats.clocks import expand, wrong_directive
from sources.api_log.formats.strings import Part, build_layout, check_dated, fault
from sources.api_log.json_format import JsonFormat, Key, list_texts
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

_SPACES: Final = "~ "
_EPOCHS: Final = ("%s", "%f", "%*")
_APACHE: Final = "%d/%b/%Y:%H:%M:%S"
_APACHE_TIME: Final = "%d:%t %^]"
_BETWEEN: Final = {"%d/%b/%Y": ":", "%Y%m%d": ""}
_WORD: Final = re.compile(rb"[0-9A-Za-z]")
_LEAF: Final = re.compile(r"%([^%~])")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    """The two other formats of a ``goaccess.conf``, as far as they are given."""

    date: str | None
    time: str | None

    @property
    def moment(self) -> str:
        """The form of a whole time; ``any`` where nothing is said of it."""
        given = [part for part in (self.date, self.time) if part]
        if any(part in _EPOCHS for part in given):
            return "epoch"
        return _BETWEEN.get(self.date or "", " ").join(dict.fromkeys(given)) or "any"


def compile_goaccess(
    form: str, date_format: str | None, time_format: str | None
) -> TextFormat | JsonFormat:
    """Compile a ``log-format``; one that is a JSON object reads JSON lines.

    Raises:
        ConfigError: points at the character that is wrong, or says which of the two other formats
            is missing.
    """
    clock = _Clock(date=_known(date_format, "date_format"), time=_known(time_format, "time_format"))
    if form.lstrip().startswith("{"):
        return _compile_json(form, clock)
    plain = form.replace("%x.%^", "%x") if clock.moment == "epoch" else form
    parts = list(_parts(plain, clock))
    layout = _passing(build_layout(plain, parts, open_end=True))
    spaced = any(part.text == _SPACES for part in parts)
    relaxed = _relaxed(layout) if spaced else layout
    return TextFormat(name=form, written=True, layouts=(relaxed,))


def _passing(layout: Layout) -> Layout:
    """``%^`` passes over everything up to the character that follows it, or to the words."""
    fields = [
        replace(field, stop=text[:1]) if field.role == "drop" and not _WORD.search(text) else field
        for field, text in zip(layout.fields, layout.between, strict=True)
    ]
    return replace(layout, fields=tuple(fields))


def _relaxed(layout: Layout) -> Layout:
    """``%~`` stands for any number of spaces: left to the regular expression."""
    return Layout(
        head=layout.head.replace(_SPACES.encode(), b" "),
        fields=layout.fields,
        between=tuple(text.replace(_SPACES.encode(), b" ") for text in layout.between),
        open_end=layout.open_end,
        loose=True,
    )


def _parts(form: str, clock: _Clock) -> Iterator[Part]:
    at = 0
    while at < len(form):
        char, after = form[at], form[at + 1 : at + 2]
        if char == "%" and after == "%":
            yield Part(at=at, text="%")
        elif char == "%" and after == "~":
            yield Part(at=at, text=_SPACES)
        elif form.startswith(_APACHE_TIME, at) and clock.moment == _APACHE:
            # What it passes over is the zone.
            yield Part(at=at, field=Field(role="time", form="clf"))
            at += len(_APACHE_TIME) - 3
        elif char == "%":
            yield Part(at=at, field=_field(form, at, after, clock))
        elif char == "~" and after == "h":
            yield Part(at=at, field=Field(role="client"))
            at = _end_of_list(form, at) - 1
        elif char == "\\" and after in ("t", '"', "\\"):
            yield Part(at=at, text={"t": "\t"}.get(after, after))
        else:
            yield Part(at=at, text=char)
            at -= 1
        at += 2


def _end_of_list(form: str, at: int) -> int:
    """Where the list of characters behind ``~h`` ends."""
    end = form.find("}", at)
    if form[at + 2 : at + 3] != "{" or end < 0:
        raise fault(form, at, "'~h' wants its list in braces, as '~h{, }'")
    return end


def _field(form: str, at: int, letter: str, clock: _Clock) -> Field:
    match letter:
        case "d":
            return Field(role="date", form=_given(clock.date, "date_format"))
        case "t":
            return Field(role="clock", form=_given(clock.time, "time_format"))
        case "x":
            return Field(role="time", form=clock.moment)
        case _ if letter in SPECIFIERS:
            return SPECIFIERS[letter]
        case _:
            raise fault(form, at, f"GoAccess knows no '%{letter}'")


def _known(form: str | None, key: str) -> str | None:
    """A form of times, written out.

    Raises:
        ConfigError: no time can be read with it.
    """
    if form is None or form in _EPOCHS:
        return form
    long = expand(form)
    wrong = wrong_directive(long)
    if wrong is not None:
        raise ConfigError(
            f"{key}: '{wrong}' is no part of a time, in '{form}'",
            remedy="Write it as for strptime, such as %d/%b/%Y or %H:%M:%S",
        )
    return long


def _given(form: str | None, key: str) -> str:
    if form is None:
        raise ConfigError(
            f"format: '{key}' is missing, and the format names that part of a time by itself",
            remedy=f"Set {key} to what goaccess.conf has, such as %d/%b/%Y or %H:%M:%S",
        )
    return form


def _compile_json(form: str, clock: _Clock) -> JsonFormat:
    try:
        template = json.loads(form)
    except ValueError as error:
        at = error.pos if isinstance(error, json.JSONDecodeError) else 0
        raise fault(form, at, "it begins like a JSON object and is none") from None
    keys = tuple(
        Key(field=_field(form, form.find(text), letter, clock), paths=(path,))
        for path, text in list_texts(template)
        for letter in _LEAF.findall(text)
        if letter != "^"
    )
    if not keys:
        raise fault(form, 0, "there is no variable in it")
    check_dated(form, [key.field for key in keys])
    return JsonFormat(name=form, keys=keys)
