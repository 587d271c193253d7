"""Keys of OpenTelemetry's log records: the conventions for HTTP, those before 2023 as well.

https://opentelemetry.io/docs/specs/semconv/non-normative/http-migration/ says what became of which.
"""

from typing import Final

TELLING: Final = ("method", "request", "status")
"""Roles of which a request has one; other records of a service have none."""


def _attributes(*names: str) -> tuple[str, ...]:
    """Names that stand in the record itself, or among its attributes."""
    prefixes = ("attributes.", "Attributes.", "")
    return tuple(prefix + name for name in names for prefix in prefixes)


def _resource(name: str) -> tuple[str, ...]:
    """A name among the attributes of what wrote the record."""
    return tuple(f"{prefix}.{name}" for prefix in ("resource.attributes", "resource", "Resource"))


OTEL_KEYS: Final[dict[str, str | tuple[str, ...]]] = {
    "time": (
        "timeUnixNano", "time_unix_nano", "observedTimeUnixNano", "Timestamp", "timestamp", "time",
    ),
    "host": _attributes("server.address", "http.host", "net.host.name", "http.server_name"),
    "client_ip": _attributes(
        "client.address", "http.client_ip", "net.sock.peer.addr", "network.peer.address",
        "net.peer.ip",
    ),
    "user": _attributes("enduser.id", "user.name"),
    "method": _attributes("http.request.method_original", "http.request.method", "http.method"),
    "target": _attributes("http.target", "url.full", "http.url"),
    "path": _attributes("url.path"),
    "query": _attributes("url.query"),
    "route": _attributes("http.route"),
    "protocol": _attributes("network.protocol.version", "net.protocol.version", "http.flavor"),
    "status": _attributes("http.response.status_code", "http.status_code"),
    "bytes_out": _attributes(
        "http.response.body.size", "http.response.size", "http.response_content_length",
    ),
    "bytes_in": _attributes(
        "http.request.body.size", "http.request.size", "http.request_content_length",
    ),
    "duration_s": _attributes("http.server.request.duration"),
    "referrer": _attributes("http.request.header.referer"),
    "user_agent": _attributes(
        "user_agent.original", "http.user_agent", "http.request.header.user-agent",
    ),
    "request_id": _attributes("http.request.header.x-request-id"),
    "trace_id": ("traceId", "trace_id", "TraceId"),
    "url.scheme": _attributes("url.scheme", "http.scheme"),
    "service.name": _resource("service.name"),
    "service.namespace": _resource("service.namespace"),
    "service.instance.id": _resource("service.instance.id"),
    "host.name": _resource("host.name"),
}  # fmt: skip
