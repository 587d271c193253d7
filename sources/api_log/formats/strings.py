"""Format strings taken apart into fixed text and variables; mistakes point at their character."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sources.api_log.layout import ADJOINING, TIME_PATTERNS, Field, Layout
from sources.errors import ConfigError

_VAGUE = ".*?"
_NAMED: Final = {"", "any", "utc", *TIME_PATTERNS}
_SOME_TIME: Final = datetime(2024, 2, 29, 12, 34, 56, 789_000, tzinfo=UTC)
_MOMENTS: Final = ("time", "date")
_YEAR: Final = re.compile("%[YyGcx]")
_SAID_BY_PROXIES: Final = ("x_real_ip", "proxy_protocol", "forwarded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a format string: fixed text, or a field.

    Attributes:
        at: where it begins in the string.
        text: fixed text; empty for a field.
        field: the field; ``None`` for fixed text.
    """

    at: int
    text: str = ""
    field: Field | None = None


def fault(form: str, at: int, wrong: str) -> ConfigError:
    """An error that shows the place in the string."""
    begin = max(0, at - 30)
    excerpt = form[begin : at + 30].replace("\n", " ")
    return ConfigError(
        f"format: {wrong}, at character {at + 1}:\n    {excerpt}\n    {' ' * (at - begin)}^",
        remedy="Mend the format string as the server's own documentation has it",
    )


def build_layout(form: str, parts: Iterable[Part], *, open_end: bool = False) -> Layout:
    """Put the parts together.

    Raises:
        ConfigError: no variable, none for the time and its year, or two with nothing between
            them that could be any text.
    """
    texts: list[str] = [""]
    fields: list[Field] = []
    places: list[int] = []
    for part in parts:
        if part.field is None:
            texts[-1] += part.text
        else:
            fields.append(part.field)
            places.append(part.at)
            texts.append("")
    if not fields:
        raise fault(form, 0, "there is no variable in it")
    for number, text in enumerate(texts[1:-1], start=1):
        before, behind = fields[number - 1], fields[number]
        vague = _VAGUE in (before.pattern, behind.pattern) and behind.role not in ADJOINING
        if not text and vague:
            raise fault(form, places[number], "nothing tells where the variable before this ends")
    check_dated(form, fields)
    fields = _with_client(fields)
    fields = [_quoted(field, *texts[at : at + 2]) for at, field in enumerate(fields)]
    head, *between = (text.encode() for text in texts)
    return Layout(head=head, fields=tuple(fields), between=tuple(between), open_end=open_end)


def _with_client(fields: list[Field]) -> list[Field]:
    """Take what a proxy said of the client for the client, where nothing else is logged of it."""
    if any(field.role in ("client", "peer") for field in fields):
        return fields
    said = {field.name: at for at, field in enumerate(fields) if field.is_address}
    at = next((said[name] for name in _SAID_BY_PROXIES if name in said), None)
    return [Field(role="client") if at == number else item for number, item in enumerate(fields)]


def check_dated(form: str, fields: Iterable[Field]) -> None:
    """Refuse a format whose lines would not say when.

    Raises:
        ConfigError: none of the fields is a time, or none names the year: files that are read
            years later do not tell it.
    """
    moments = [field for field in fields if field.role in _MOMENTS]
    if not moments:
        raise fault(form, 0, "no variable of it is the time of a request, called 'time'")
    if not any("%" not in field.form or _YEAR.search(field.form) for field in moments):
        raise ConfigError(
            f"format: its times, like {moments[0].form}, name no year",
            remedy="Let the server log a time with its year, best with its zone too",
        )


def _quoted(field: Field, before: str, behind: str) -> Field:
    quoted = before.endswith('"') and behind.startswith('"')
    return Field(role=field.role, name=field.name, form=field.form, quoted=quoted)


def check_times(form: str, fields: Iterable[Field]) -> None:
    """Refuse what no time can be read by.

    Raises:
        ConfigError: names what Python's ``strptime`` does not know, or cannot have twice.
    """
    for written in _written_times(list(fields)):
        try:
            datetime.strptime(_SOME_TIME.strftime(written), written).replace(tzinfo=UTC)
        except (ValueError, re.error) as error:
            at = max(0, form.find(written))
            raise fault(form, at, f"no time can be read by {written!r}: {error}") from None


def _written_times(fields: list[Field]) -> Iterator[str]:
    """The strings by which times are read, days and clocks together."""
    yield from (item.form for item in fields if item.role == "time" and item.form not in _NAMED)
    days = [item.form for item in fields if item.role == "date"]
    clocks = [item.form for item in fields if item.role == "clock"]
    if days and clocks and days[0]:
        yield f"{days[0]} {clocks[0]}"
