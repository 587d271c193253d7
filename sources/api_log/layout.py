"""What a line of text is made of: fields with fixed text between them."""

import re
from dataclasses import dataclass
from typing import Final, Literal

Escape = Literal["backslash", "hash", "percent", "percents", "plus", "none"]
"""How a server writes bytes that would break its format: ``\\x22``, ``#22``, ``%22``, ``+``.

``percents`` is that once or twice: CloudFront wrote blanks of user agents as ``%2520`` for years.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a field means.

    Attributes:
        pattern: what it may be, as RE2 reads it, where it stands outside of quotes.
        meaning: one line for the documentation.
        is_list: whether it may be several values with ``, `` between them.
    """

    pattern: str
    meaning: str
    is_list: bool = False


_WORD: Final = r"[^ ]*?"
_ANY: Final = r".*?"
_INTEGER: Final = r"[+-]?[0-9]+|-|"
_DECIMAL: Final = r"[+-]?[0-9]+(?:\.[0-9]*)?|[+-]?\.[0-9]+|-|"
_SEVERAL: Final = r"[^ ,]*(?: ?[,:] [^ ,]+)*"
_CLIENT: Final = r'"[^"]*"(?: [^ ]+)?|[^ ,"]+(?:, ?[^ ,"]*)*(?: [0-9a-fA-F.:]*[.:][0-9a-fA-F.:]+)*|'
_SAID: Final = r'(?:[^ ,"\\]|\\.)'
_FORWARDED: Final = rf"{_SAID}*(?: ?, ?{_SAID}*)*(?: {_SAID}+(?: ?, ?{_SAID}*)*)*?"
"""What clients say of themselves: any words, with a comma too many, only as many as need be."""

ROLES: Final[dict[str, Role]] = {
    "time": Role(pattern=_ANY, meaning="when, in one of the forms of times"),
    "date": Role(pattern=_WORD, meaning="the day, where the time of day has a field of its own"),
    "clock": Role(pattern=_WORD, meaning="the time of day, beside a date"),
    "client": Role(pattern=_CLIENT, meaning="client address, or a list of forwarding ones"),
    "peer": Role(pattern=_WORD, meaning="client address with its port, never a list"),
    "client_port": Role(pattern=_WORD, meaning="client's port; left out"),
    "user": Role(pattern=_ANY, meaning="authenticated user"),
    "request": Role(pattern=_ANY, meaning="method, target and protocol in one"),
    "method": Role(pattern=_WORD, meaning="method"),
    "target": Role(pattern=_ANY, meaning="path and query, or a whole URL"),
    "path": Role(pattern=_ANY, meaning="path without query"),
    "query": Role(pattern=_ANY, meaning="query without path"),
    "route": Role(pattern=_ANY, meaning="template of the path, as the server knows it"),
    "protocol": Role(pattern=_WORD, meaning="protocol and version"),
    "status": Role(pattern=r"[0-9]{3}|-1|-|0|", meaning="status given to the client"),
    "bytes_out": Role(pattern=_INTEGER, meaning="bytes sent to the client"),
    "bytes_in": Role(pattern=_INTEGER, meaning="bytes received from the client"),
    "duration": Role(pattern=_DECIMAL, meaning="time taken; the form names the unit"),
    "duration_part": Role(pattern=_DECIMAL, meaning="a part of the time taken, to be added up"),
    "referrer": Role(pattern=_ANY, meaning="`Referer` header"),
    "user_agent": Role(pattern=_ANY, meaning="`User-Agent` header"),
    "host": Role(pattern=r'(?:[^ /"]*?[^ /",])??', meaning="virtual host, with or without a port"),
    "request_id": Role(pattern=_WORD, meaning="id of the request"),
    "trace_id": Role(pattern=_ANY, meaning="id of the trace"),
    "upstream": Role(pattern=_SEVERAL, meaning="who answered behind the server", is_list=True),
    "tls": Role(pattern=_WORD, meaning="TLS version"),
    "extra": Role(pattern=_ANY, meaning="kept in `extras` under its own name"),
    "extra_list": Role(pattern=_SEVERAL, meaning="the same, for lists", is_list=True),
    "drop": Role(pattern=_ANY, meaning="left out"),
    "drop_token": Role(pattern=_WORD, meaning="left out"),
}
"""Every role a field can have, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a format.

    Attributes:
        role: one of :data:`ROLES`.
        name: what `extras` calls it.
        form: a time's form, a duration's unit or `own` for one that names it, an escape of its own,
            `cut` for what may be cut off, `raw` for what may hold quotes as they are, `token` for
            what a space ends, one of :data:`BEGINS` for a word that begins so, `address` for what
            tells where somebody is, maybe with an escape behind it.
        quoted: whether it stands in double quotes, in which a backslash may protect one.
        stop: a byte at which it ends; empty: what follows it tells that.
    """

    role: str
    name: str = ""
    form: str = ""
    quoted: bool = False
    stop: bytes = b""

    @property
    def pattern(self) -> str:
        """The regular expression of its value; RE2, no groups."""
        if self.stop:
            return rf"[^\x{self.stop.hex()}]*"
        if self.form in ("cut", "raw"):
            return r'[^"]*' if self.form == "cut" else _ANY
        if (self.form in ("token", "own") or self.escape) and not self.quoted:
            return _WORD
        if self.quoted:
            return r'(?:[^"\\]|\\.)*?'
        if self.role in ("date", "clock") and " " in self.form:
            return _ANY
        return self._time if self.role == "time" else self._plain

    @property
    def _time(self) -> str:
        """A time of several words has as many as its form."""
        words = 0 if _VARIED.search(self.form) else len(self.form.split())
        return TIME_PATTERNS.get(self.form) or " +".join(["[^ ]+"] * words) or _ANY

    @property
    def _plain(self) -> str:
        if self.form in BEGINS:
            return f"[{BEGINS[self.form].decode()}][^ ]*?"
        listed = self.is_address and ROLES[self.role].is_list
        return _FORWARDED if listed else ROLES[self.role].pattern

    @property
    def is_address(self) -> bool:
        """Whether it tells where somebody is."""
        return self.form.split(" ")[0] == "address"

    @property
    def escape(self) -> Escape | None:
        """How its bytes are written, where that is not as in all of its format."""
        return _OWN_ESCAPES.get(self.form.removeprefix("address "))

    @property
    def is_token(self) -> bool:
        """Whether a space ends it."""
        return not (self.quoted or self.stop or self.role == "time") and self.pattern != _ANY

    @property
    def label(self) -> str:
        """What it is called in documentation and messages."""
        return self.name or self.role


BEGINS: Final = {"verb": b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "rooted": b"/"}
"""What words begin with that are not any word, by form."""

_VARIED: Final = re.compile("^[^%]*$|%[cxX]")
"""Forms of times that have a name, or directives whose words are not known."""

_OWN_ESCAPES: Final[dict[str, Escape]] = {
    "plus": "plus", "percent": "percent", "percents": "percents",
}  # fmt: skip
"""By what forms name them; no space stands in what is written so."""

_SECRET: Final = re.compile(
    r"cookie|authorization|token|secret|passw|api[-_]?key|credential|session[-_]?id|signature",
    re.IGNORECASE,
)


def extra(name: str, *, form: str = "") -> Field:
    """A field of a format's own; left out where its name says that it authorizes somebody."""
    return Field(role="drop" if _SECRET.search(name) else "extra", name=name, form=form)


_WALL: Final = r"[0-9]{2}/[A-Za-z]{3}/[0-9]{4}(?::[0-9]{2}){3}(?:\.[0-9]{1,6})?"
TIME_PATTERNS: Final = {
    "clf": _WALL + r" [+-][0-9]{4}",
    "haproxy": _WALL,
    "gin": r"[0-9]{4}/[0-9]{2}/[0-9]{2} - [0-9]{2}:[0-9]{2}:[0-9]{2}",
    "python": r"[0-9]{2}/[A-Za-z]{3}/[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}",
    "local": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}",
    "iso": r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{5,18} ?(?:Z|[+-][0-9]{2}:?[0-9]{2})?",
    "epoch": r" *[0-9]+(?:\.[0-9]+)?",
}
"""What times look like, by form; every other form is a `strptime` one."""

ADJOINING: Final = {"target": r"/.*?", "path": r"/.*?", "query": r"(?:\?.*?)?"}
"""What tells where a field begins that nothing stands before."""

ZONELESS: Final = ("haproxy", "gin", "python", "local")
"""Forms of times that never name a zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Fields of a line, and what stands before, between and behind them.

    Attributes:
        head: fixed text before the first field.
        fields: in their order.
        between: what follows each field; empty after the last for "to the end of the line", and
            elsewhere where two fields stand side by side.
        open_end: whether anything may follow the last field and its fixed text.
        fixed: whether the fixed text may be used to tell the fields apart.
        loose: whether a space in the fixed text stands for one or more.
        expression: a regular expression with groups ``f0``, ``f1`` … instead of all that.
    """

    head: bytes
    fields: tuple[Field, ...]
    between: tuple[bytes, ...]
    open_end: bool = False
    fixed: bool = True
    loose: bool = False
    expression: str = ""

    @property
    def separable(self) -> bool:
        """Whether the fixed text alone tells where each field ends."""
        return self.fixed and not self.loose and all(self.between[:-1])

    @property
    def apart(self) -> str:
        """What may follow the last field and its fixed text, where anything may behind it."""
        return " \t," if self.between[-1].endswith(b'"') else " \t"

    @property
    def pattern(self) -> str:
        """The whole line as a regular expression: group ``f0`` is the first field, and so on."""
        if self.expression:
            return self.expression
        parts = [r"(?s)\A", self._fixed(self.head)]
        before = b" "
        for number, (field, text) in enumerate(zip(self.fields, self.between, strict=True)):
            pattern = field.pattern if before else ADJOINING.get(field.role, field.pattern)
            parts.append(f"(?P<f{number}>{pattern}){self._fixed(text)}")
            before = text
        parts.append(rf"(?P<rest>(?:[{self.apart}].*)?)\z" if self.open_end else r"\z")
        return "".join(parts)

    def _fixed(self, text: bytes) -> str:
        return _quote(text).replace(r"\x20", r"\x20+" if self.loose else r"\x20")


def _quote(text: bytes) -> str:
    """Fixed text as a regular expression, byte by byte."""
    return "".join(
        chr(byte) if chr(byte).isalnum() and chr(byte).isascii() else rf"\x{byte:02x}"
        for byte in text
    )
