"""nginx's ``log_format``: variables and what they mean."""

import re
from collections.abc import Iterator
from typing import Final

from sources.api_log.formats.nginx_json import VARIABLE, compile_json
from sources.api_log.formats.strings import Part, build_layout, fault
from sources.api_log.json_format import JsonFormat
from sources.api_log.layout import Field, extra
from sources.api_log.privacy import SECRET_KEYS
from sources.api_log.text import TextFormat

_DIRECTIVE: Final = re.compile(
    r"^\s*log_format\s+\S+\s+(?:escape=(?P<escape>\w+)\s+)?(?P<body>.*?);?\s*$", re.DOTALL
)
_LITERAL: Final = re.compile(r"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
VARIABLES: Final[dict[str, Field]] = {
    "remote_addr": Field(role="client"),
    "binary_remote_addr": Field(role="drop"),
    "remote_port": Field(role="client_port"),
    "remote_user": Field(role="user"),
    "time_local": Field(role="time", form="clf"),
    "time_iso8601": Field(role="time", form="iso"),
    "msec": Field(role="time", form="epoch"),
    "request": Field(role="request"),
    "request_method": Field(role="method"),
    "request_uri": Field(role="target"),
    "uri": Field(role="path"),
    "document_uri": Field(role="path"),
    "args": Field(role="query"),
    "query_string": Field(role="query"),
    "is_args": Field(role="drop"),
    "server_protocol": Field(role="protocol"),
    "status": Field(role="status"),
    "body_bytes_sent": Field(role="bytes_out"),
    "bytes_sent": Field(role="bytes_out"),
    "request_length": Field(role="bytes_in"),
    "request_time": Field(role="duration", form="s"),
    "http_referer": Field(role="referrer"),
    "http_user_agent": Field(role="user_agent"),
    "host": Field(role="host"),
    "http_host": Field(role="host"),
    "server_name": Field(role="host"),
    "server_port": Field(role="extra", name="server.port"),
    "scheme": Field(role="extra", name="url.scheme"),
    "request_id": Field(role="request_id"),
    "req_id": Field(role="request_id"),
    "http_x_request_id": Field(role="request_id"),
    "http_traceparent": Field(role="trace_id"),
    "opentelemetry_trace_id": Field(role="trace_id"),
    "otel_trace_id": Field(role="trace_id"),
    "upstream_addr": Field(role="upstream"),
    "upstream_status": Field(role="extra_list", name="upstream.status"),
    "upstream_response_time": Field(role="extra_list", name="upstream.duration_s"),
    "upstream_response_length": Field(role="extra_list", name="upstream.bytes"),
    "upstream_connect_time": Field(role="extra_list", name="upstream.connect_s"),
    "upstream_header_time": Field(role="extra_list", name="upstream.header_s"),
    "ssl_protocol": Field(role="tls"),
    "ssl_cipher": Field(role="extra", name="tls.cipher"),
    "http_x_forwarded_for": Field(role="extra_list", name="forwarded", form="address"),
    "http_x_real_ip": Field(role="extra", name="x_real_ip", form="address"),
    "realip_remote_addr": Field(role="extra", name="peer", form="address"),
    "proxy_protocol_addr": Field(role="extra", name="proxy_protocol", form="address"),
    "proxy_add_x_forwarded_for": Field(role="client"),
}
"""What nginx's variables mean; others are extras of their own name."""


def variable(name: str) -> Field:
    """The field of one variable."""
    known = VARIABLES.get(name)
    if known is not None:
        return known
    secret = name.startswith("arg_") and name.removeprefix("arg_") in SECRET_KEYS
    return Field(role="drop", name=name) if secret else extra(name)


def compile_nginx(form: str) -> TextFormat | JsonFormat:
    """Compile a ``log_format``, the whole directive or its text alone.

    Raises:
        ConfigError: points at the character that is wrong.
    """
    directive = _DIRECTIVE.match(form)
    text = _join(directive["body"]) if directive else form
    if text.lstrip().startswith("{") and '":' in text.replace(" ", ""):
        return compile_json(form, text, variable)
    plain = directive is not None and directive["escape"] == "none"
    layout = build_layout(form, _parts(text))
    return TextFormat(
        name=form, written=True, layouts=(layout,), escape="none" if plain else "backslash"
    )


def _join(body: str) -> str:
    pieces = [single or double.replace('\\"', '"') for single, double in _LITERAL.findall(body)]
    return "".join(pieces) if pieces else body


def _parts(form: str) -> Iterator[Part]:
    at = 0
    while at < len(form):
        mark = form.find("$", at)
        if mark < 0:
            yield Part(at=at, text=form[at:])
            return
        if mark > at:
            yield Part(at=at, text=form[at:mark])
        match = VARIABLE.match(form, mark)
        if match is None:
            raise fault(form, mark, "'$' begins no variable")
        yield Part(at=mark, field=variable(match[1] or match[2]))
        at = match.end()
