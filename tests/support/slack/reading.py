"""How a request becomes a call: from query, form or JSON, as Slack takes them."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.loopback import Raw
from tests.support.slack.answers import Call
from tests.support.slack.things import Token

BASE = "/api/"

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


def read(raw: Raw, tokens: Mapping[str, Token]) -> Call:
    """Understand a request; what is wrong with its form stands in the call."""
    parts = urlsplit(raw.target)
    api = parts.path.removeprefix(BASE) if parts.path.startswith(BASE) else ""
    args = dict(parse_qsl(parts.query, keep_blank_values=True))
    wrong: str | None = None
    warnings: tuple[str, ...] = ()
    if raw.method == "POST":
        kind, _, charset = raw.headers.get("content-type", "").partition(";")
        wrong, more = _body(kind.strip(), raw.content)
        args |= more
        if kind == _JSON and not charset:
            warnings = ("missing_charset",)
        elif kind == _FORM and charset:
            warnings = ("superfluous_charset",)
    scheme, _, secret = raw.headers.get("authorization", "").partition(" ")
    given = secret if scheme == "Bearer" else args.pop("token", None)
    return Call(
        method=raw.method,
        path=f"/{api}",
        query=args,
        headers=raw.headers,
        api=api,
        args=args,
        secret=given or None,
        token=tokens.get(given or ""),
        wrong=wrong,
        warnings=warnings,
    )


def _body(kind: str, content: bytes) -> tuple[str | None, dict[str, str]]:
    if kind == _FORM:
        return None, dict(parse_qsl(content.decode(), keep_blank_values=True))
    if kind == _JSON:
        return _json(content)
    if not content:
        return None, {}
    return ("invalid_post_type" if kind else "missing_post_type"), {}


def _json(content: bytes) -> tuple[str | None, dict[str, str]]:
    try:
        found = json.loads(content or b"{}")
    except ValueError:
        return "invalid_json", {}
    if not isinstance(found, dict):
        return "json_not_object", {}
    return None, {name: _text(value) for name, value in found.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_text(one) for one in value)
    return value if isinstance(value, str) else json.dumps(value)
