"""Apache's ``LogFormat``: directives and what they mean."""

import re
from collections.abc import Iterator
from typing import Final

from sources.api_log.formats.clocks import EPOCH, expand, wrong_directive
from sources.api_log.formats.joining import FRACTIONS, join_times
from sources.api_log.formats.strings import Part, build_layout, fault
from sources.api_log.layout import Field, extra
from sources.api_log.text import TextFormat

_DIRECTIVE: Final = re.compile(
    r'^\s*(?:LogFormat|CustomLog\s+\S+)\s+"(?P<body>(?:[^"\\]|\\.)*)".*$'
)
_TOKEN: Final = re.compile(r"%[!0-9,]*[<>]?(?:\{(?P<name>[^}]*)\})?(?P<letter>\^?[A-Za-z]{1,2})")
_ESCAPES: Final = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_UNITS: Final = ("s", "ms", "us")
_EPOCHS: Final = ("sec", "msec", "usec")

LETTERS: Final[dict[str, Field]] = {
    "h": Field(role="client"),
    "a": Field(role="client"),
    "A": Field(role="extra", name="server.address"),
    "l": Field(role="drop_token", name="ident"),
    "u": Field(role="user"),
    "r": Field(role="request"),
    "m": Field(role="method"),
    "U": Field(role="path"),
    "q": Field(role="query"),
    "H": Field(role="protocol"),
    "s": Field(role="status"),
    "b": Field(role="bytes_out"),
    "B": Field(role="bytes_out"),
    "O": Field(role="bytes_out"),
    "S": Field(role="extra", name="bytes_total"),
    "I": Field(role="bytes_in"),
    "D": Field(role="duration", form="us"),
    "T": Field(role="duration", form="s"),
    "v": Field(role="host"),
    "V": Field(role="host"),
    "p": Field(role="extra", name="server.port"),
    "P": Field(role="extra", name="process"),
    "L": Field(role="request_id"),
    "X": Field(role="extra", name="connection"),
    "k": Field(role="extra", name="keepalive"),
    "f": Field(role="extra", name="file"),
    "R": Field(role="extra", name="handler"),
    "^FB": Field(role="extra", name="ttfb_us"),
    "^FU": Field(role="extra", name="ttfu_us"),
}
"""What single letters mean."""

HEADERS: Final[dict[str, Field]] = {
    "referer": Field(role="referrer"),
    "user-agent": Field(role="user_agent"),
    "host": Field(role="host"),
    "x-request-id": Field(role="request_id"),
    "traceparent": Field(role="trace_id"),
    "x-forwarded-for": Field(role="extra_list", name="forwarded", form="address"),
    "ssl_protocol": Field(role="tls"),
    "ssl_cipher": Field(role="extra", name="tls.cipher"),
    "x-real-ip": Field(role="extra", name="x_real_ip", form="address"),
}
"""What headers, ``%{…}i``, and variables of TLS, ``%{…}x``, mean; others become extras."""


def compile_apache(form: str) -> TextFormat:
    """Compile a ``LogFormat``, the whole directive or its text alone.

    Raises:
        ConfigError: points at the character that is wrong.
    """
    directive = _DIRECTIVE.match(form)
    text = directive["body"] if directive else form
    parts = list(join_times(_parts(text)))
    return TextFormat(name=form, written=True, layouts=(build_layout(text, parts),))


def _parts(form: str) -> Iterator[Part]:
    at = 0
    while at < len(form):
        char = form[at]
        if char == "\\" and form[at + 1 : at + 2] in _ESCAPES:
            yield Part(at=at, text=_ESCAPES[form[at + 1]])
            at += 2
        elif form.startswith("%%", at):
            yield Part(at=at, text="%")
            at += 2
        elif char == "%":
            match = _TOKEN.match(form, at)
            if match is None:
                raise fault(form, at, "'%' begins no directive")
            letter, name = _letter(form, at, match)
            yield from _directive(form, at, letter, name)
            at = match.end() - (len(match["letter"]) - len(letter))
        else:
            yield Part(at=at, text=char)
            at += 1


def _letter(form: str, at: int, match: re.Match[str]) -> tuple[str, str | None]:
    """The directive's letter: ``ti`` and ``to`` behind ``^``, else a single one."""
    letters, name = match["letter"], match["name"]
    if letters.startswith("^"):
        if letters not in ("^ti", "^to", "^FB", "^FU"):
            raise fault(form, at, f"Apache knows no '%{letters}'")
        return letters, name
    return letters[0], name


def _directive(form: str, at: int, letter: str, name: str | None) -> Iterator[Part]:
    if letter == "t" and not name:
        yield Part(at=at, text="[")
        yield Part(at=at, field=Field(role="time", form="clf"))
        yield Part(at=at, text="]")
    else:
        yield Part(at=at, field=_field(form, at, letter, name))


def _field(form: str, at: int, letter: str, name: str | None) -> Field:
    if letter == "t" and name:
        return _time(form, at, name)
    if letter == "p" and name == "remote":
        return Field(role="client_port")
    if name is None or letter == "p":
        known = LETTERS.get(letter)
        if known is None:
            raise fault(form, at, f"Apache knows no '%{letter}'")
        return known
    return _named(form, at, letter, name)


def _named(form: str, at: int, letter: str, name: str) -> Field:
    match letter:
        case "T" if name in _UNITS:
            return Field(role="duration", form=name)
        case "i" | "x" if name.lower() in HEADERS:
            return HEADERS[name.lower()]
        case "e" | "x" if name.lower() == "remote_user":
            return LETTERS["u"]
        case "C":
            return Field(role="drop", name=name)
        case "a" | "h":
            return Field(role="extra", name="peer", form="address")
        case "i" | "o" | "e" | "n" | "x" | "P" | "^ti" | "^to":
            return extra(name.lower())
        case _:
            raise fault(form, at, f"Apache knows no '%{{{name}}}{letter}'")


def _time(form: str, at: int, name: str) -> Field:
    plain = name.removeprefix("begin:").removeprefix("end:")
    if plain in (*_EPOCHS, EPOCH):
        return Field(role="time", form="epoch")
    if plain in FRACTIONS:
        return Field(role="drop_token", name=plain)
    if (wrong := wrong_directive(expand(plain))) is not None:
        raise fault(form, at + max(form[at:].find(wrong), 0), f"no time is read by '{wrong}'")
    return Field(role="time", form=expand(plain))
