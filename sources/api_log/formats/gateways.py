"""Keys of gateways' JSON: Kong's, and the examples of Amazon API Gateway.

https://docs.konghq.com/hub/kong-inc/file-log/ and ``kong.log.serialize`` say what Kong's plugins
write, through whatever way. Amazon lets everybody write a format; those of its console and of
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html share these names,
and what people add to them mostly has the name of its ``$context`` variable.
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

AMAZON_KEYS: Final[dict[str, str | tuple[str, ...]]] = {
    "time": ("requestTime", "requestTimeEpoch"),
    "host": "domainName",
    "client_ip": ("ip", "sourceIp"),
    "user": "user",
    "method": "httpMethod",
    "path": "path",
    "route": ("resourcePath", "routeKey"),
    "protocol": "protocol",
    "status": "status",
    "bytes_out": "responseLength",
    "duration_ms": "responseLatency",
    "user_agent": "userAgent",
    "request_id": "requestId",
    "trace_id": "xrayTraceId",
    "aws.caller": "caller",
    "aws.api": "apiId",
    "aws.stage": "stage",
    "aws.extended_request_id": "extendedRequestId",
    "upstream.status": "integrationStatus",
    "upstream.duration_ms": "integrationLatency",
    "error.message": ("errorMessage", "integrationErrorMessage", "integrationError"),
}
