"""nginx's ``log_format``: variables and what they mean."""

import re
from collections.abc import Iterator
from typing import Final

from sources.api_log.formats.strings import Part, build_layout, check_dated, fault
from sources.api_log.json_format import JsonFormat, Key
from sources.api_log.layout import Field
from sources.api_log.text import TextFormat

_DIRECTIVE: Final = re.compile(
    r"^\s*log_format\s+\S+\s+(?:escape=(?P<escape>\w+)\s+)?(?P<body>.*?);?\s*$", re.DOTALL
)
_LITERAL: Final = re.compile(r"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_MEMBER: Final = re.compile(r'"([^"]+)"\s*:\s*"?\$(?:\{(\w+)\}|(\w+))"?')
_SECRET: Final = re.compile(r"cookie|authorization|token|secret|password")

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
    "http_x_forwarded_for": Field(role="extra", name="forwarded", form="address"),
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
    return Field(role="drop" if _SECRET.search(name) else "extra", name=name)


def compile_nginx(form: str) -> TextFormat | JsonFormat:
    """Compile a ``log_format``, the whole directive or its text alone.

    Raises:
        ConfigError: points at the character that is wrong.
    """
    directive = _DIRECTIVE.match(form)
    text = _join(directive["body"]) if directive else form
    if text.lstrip().startswith("{") and '":' in text.replace(" ", ""):
        return _compile_json(form, text)
    return TextFormat(name=form, layouts=(build_layout(form, _parts(text)),))


def _join(body: str) -> str:
    pieces = [single or double.replace('\\"', '"') for single, double in _LITERAL.findall(body)]
    return "".join(pieces) if pieces else body


def _compile_json(form: str, text: str) -> JsonFormat:
    found = [(key, braced or plain) for key, braced, plain in _MEMBER.findall(text)]
    if not found:
        raise fault(form, 0, "no key of it holds a variable")
    check_dated(form, [variable(name) for _, name in found])
    # `$uri` under another name may hold a query all the same where people say `uri` and mean it.
    return JsonFormat(
        name=form, keys=tuple(Key(field=variable(name), paths=((key,),)) for key, name in found)
    )


def _parts(form: str) -> Iterator[Part]:
    at = 0
    while at < len(form):
        mark = form.find("$", at)
        if mark < 0:
            yield Part(at=at, text=form[at:])
            return
        if mark > at:
            yield Part(at=at, text=form[at:mark])
        match = _VARIABLE.match(form, mark)
        if match is None:
            raise fault(form, mark, "'$' begins no variable")
        yield Part(at=mark, field=variable(match[1] or match[2]))
        at = match.end()
