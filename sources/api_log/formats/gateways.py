"""Keys of Kong's JSON.

https://docs.konghq.com/hub/kong-inc/file-log/ and ``kong.log.serialize`` say what Kong's plugins
write, through whatever way.
"""

from typing import Final

KONG_KEYS: Final[dict[str, str | tuple[str, ...]]] = {
    "time": "started_at",
    "host": "request.headers.host",
    "client_ip": "client_ip",
    "user": "consumer.username",
    "method": "request.method",
    "target": ("request.uri", "request.url", "request.request_uri"),
    "status": "response.status",
    "bytes_out": "response.size",
    "bytes_in": "request.size",
    "duration_ms": "latencies.request",
    "referrer": "request.headers.referer",
    "user_agent": "request.headers.user-agent",
    "request_id": ("request.id", "request.headers.x-request-id"),
    "trace_id": "request.headers.traceparent",
    "upstream": "service.host",
    "tls": "request.tls.version",
    "tls.cipher": "request.tls.cipher",
    "forwarded": "request.headers.x-forwarded-for",
    "kong.service": "service.name",
    "kong.route": "route.name",
    "kong.duration_ms": "latencies.kong",
    "upstream.duration_ms": "latencies.proxy",
    "upstream.status": "upstream_status",
}
