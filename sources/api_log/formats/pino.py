"""Keys of Node's logger pino: as pino-http, nestjs-pino and hapi-pino use it, and Fastify.

https://github.com/pinojs/pino-std-serializers says what stands in ``req`` and ``res``;
https://fastify.dev/docs/latest/Reference/Logging what Fastify writes instead. Of the headers only
those named here are looked at.
"""

from typing import Final

PINO_KEYS: Final[dict[str, str | tuple[str, ...]]] = {
    "time": ("time", "timestamp"),
    "host": ("req.headers.host", "req.host", "req.hostname"),
    "client_ip": "req.remoteAddress",
    "method": "req.method",
    "target": "req.url",
    "status": "res.statusCode",
    "bytes_out": "res.headers.content-length",
    "bytes_in": "req.headers.content-length",
    "duration_ms": "responseTime",
    "referrer": "req.headers.referer",
    "user_agent": "req.headers.user-agent",
    "request_id": ("reqId", "req.id"),
    "trace_id": ("trace_id", "req.headers.traceparent"),
    "forwarded": "req.headers.x-forwarded-for",
    "host.name": "hostname",
    "error.type": "err.type",
    "error.message": "err.message",
}

PINO_NEEDED: Final = ("responseTime",)
"""What is written when an answer is complete; what comes before it knows of no answer."""
