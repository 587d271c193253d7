"""Formats of JSON lines that have a name."""

from collections.abc import Iterator, Mapping
from typing import Final

from sources.api_log.formats.aliases import ALIASES
from sources.api_log.formats.azure import FRONT_DOOR_KEYS, GATEWAY_KEYS
from sources.api_log.formats.gateways import AMAZON_KEYS, KONG_KEYS
from sources.api_log.formats.otel import OTEL_KEYS, TELLING
from sources.api_log.formats.pino import PINO_KEYS, PINO_NEEDED
from sources.api_log.json_format import JsonFormat, Key, Path
from sources.api_log.layout import Field, extra
from sources.api_log.w3c import compile_fields

_UNITS: Final = ("s", "ms", "us", "ns")
_ROLES: Final = {"client_ip": "client"}


def json_format(
    name: str,
    keys: Mapping[str, str | tuple[str, ...]],
    needed: tuple[str, ...] = (),
    *,
    telling: tuple[str, ...] = (),
    named: Mapping[str, str] | None = None,
    otlp: bool = False,
) -> JsonFormat:
    """Make a format out of keys.

    Args:
        name: what it is called.
        keys: for each column the key, or the keys in order; a dot leads into an object.
            ``duration_s`` and the like name the unit; an unknown column is an extra.
        needed: keys that every access record has.
        telling: roles of which every access record has one.
        named: keys that say of a record what it is, and what they begin with in access records.
        otlp: whether a line may hold many records, as OTLP writes them.
    """
    names = tuple((_path(key), begin) for key, begin in (named or {}).items())
    built = [
        Key(field=field_of(column), paths=tuple(_paths(paths))) for column, paths in keys.items()
    ]
    built += [Key(field=Field(role="drop"), paths=(path,)) for path, _ in names]
    return JsonFormat(
        name=name,
        keys=tuple(built),
        needed=tuple(_path(text) for text in needed),
        telling=telling,
        named=names,
        otlp=otlp,
    )


def field_of(column: str) -> Field:
    """The field that a column's name stands for."""
    stem, _, unit = column.rpartition("_")
    if stem == "duration" and unit in _UNITS:
        return Field(role="duration", form=unit)
    if column in _COLUMNS:
        return Field(role=_ROLES.get(column, column))
    return extra(column, form="address" if column == "forwarded" else "")


def _path(text: str) -> Path:
    return tuple(text.split("."))


def _paths(texts: str | tuple[str, ...]) -> Iterator[Path]:
    for text in (texts,) if isinstance(texts, str) else texts:
        yield _path(text)


_COLUMNS: Final = (
    "time", "host", "client_ip", "user", "request", "method", "target", "path", "query", "route",
    "protocol", "status", "bytes_out", "bytes_in", "referrer", "user_agent", "request_id",
    "trace_id", "upstream", "tls",
)  # fmt: skip

_CLOUDFRONT: Final = (
    "date time timestamp(ms) timestamp x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem"
    " sc-status cs(Referer) cs(User-Agent) cs-uri-query x-edge-result-type x-edge-request-id"
    " x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher"
    " x-edge-response-result-type cs-protocol-version time-to-first-byte"
    " x-edge-detailed-result-type sc-content-type sc-content-len"
)


def _cloudfront() -> JsonFormat:
    """CloudFront's JSON, whose keys are the names of its ``#Fields``."""
    (layout,) = compile_fields(_CLOUDFRONT, "\t", "cloudfront").layouts
    keys = zip(layout.fields, _CLOUDFRONT.split(), strict=True)
    return JsonFormat(
        name="cloudfront_json",
        keys=tuple(Key(field=field, paths=((name,),)) for field, name in keys),
        needed=(("x-edge-location",), ("sc-status",)),
    )


JSON_FORMATS: Final[dict[str, JsonFormat]] = {
    form.name: form
    for form in (
        json_format(
            "caddy",
            {
                "time": "ts", "host": "request.host",
                "client_ip": ("request.client_ip", "request.remote_ip", "request.remote_addr"),
                "user": "user_id", "method": "request.method", "target": "request.uri",
                "protocol": "request.proto", "status": "status", "bytes_out": "size",
                "bytes_in": "bytes_read", "duration_s": "duration",
                "referrer": "request.headers.Referer", "user_agent": "request.headers.User-Agent",
                "request_id": "request.headers.X-Request-Id", "trace_id": "traceID",
                "tls.cipher": "request.tls.cipher_suite", "tls": "request.tls.version",
                "forwarded": "request.headers.X-Forwarded-For",
            },
            ("request.method", "request.uri", "status"),
            # Errors, and what proxies are asked, hold the request as well.
            named={"logger": "http.log.access", "msg": "handled request"},
        ),
        json_format(
            "traefik_json",
            {
                "time": ("StartUTC", "StartLocal", "time"), "host": ("RequestHost", "RequestAddr"),
                "client_ip": ("ClientHost", "ClientAddr"), "user": "ClientUsername",
                "method": "RequestMethod", "target": "RequestPath", "protocol": "RequestProtocol",
                "status": ("DownstreamStatus", "OriginStatus"),
                "bytes_out": ("DownstreamContentSize", "OriginContentSize"),
                "bytes_in": "RequestContentSize", "duration_ns": "Duration",
                "referrer": "request_Referer", "user_agent": "request_User-Agent",
                "request_id": "request_X-Request-Id", "trace_id": "TraceId",
                "upstream": ("ServiceURL.Host", "ServiceAddr", "BackendURL.Host", "ServiceURL"),
                "tls": "TLSVersion", "tls.cipher": "TLSCipher",
                "traefik.router": ("RouterName", "FrontendName"),
                "traefik.service": ("ServiceName", "BackendName"),
                "upstream.status": "OriginStatus", "upstream.duration_ns": "OriginDuration",
                "traefik.retries": "RetryAttempts", "traefik.request": "RequestCount",
            },
            ("RequestMethod", "RequestPath"),
        ),
        json_format(
            "ecs",
            {
                "time": "@timestamp",
                "host": ("url.domain", "destination.domain"),
                "client_ip": ("client.ip", "source.ip", "client.address", "source.address"),
                "user": ("user.name", "client.user.name", "source.user.name"),
                "method": "http.request.method", "target": "url.original", "path": "url.path",
                "query": "url.query", "protocol": "http.version",
                "status": "http.response.status_code",
                "bytes_out": ("http.response.body.bytes", "http.response.bytes"),
                "bytes_in": ("http.request.body.bytes", "http.request.bytes"),
                "duration_ns": "event.duration", "referrer": "http.request.referrer",
                "user_agent": "user_agent.original", "request_id": "http.request.id",
                "trace_id": "trace.id", "upstream": "destination.address", "tls": "tls.version",
                "tls.cipher": "tls.cipher", "url.scheme": "url.scheme",
            },
            ("@timestamp", "http.request.method"),
        ),
        json_format("otel", OTEL_KEYS, telling=TELLING, otlp=True),
        json_format(
            "cloudflare",
            {
                "time": ("EdgeStartTimestamp", "EdgeEndTimestamp"), "host": "ClientRequestHost",
                "client_ip": "ClientIP", "method": "ClientRequestMethod",
                "target": "ClientRequestURI", "protocol": "ClientRequestProtocol",
                "status": "EdgeResponseStatus", "bytes_out": "EdgeResponseBytes",
                "bytes_in": "ClientRequestBytes",
                "duration_ms": "EdgeTimeToFirstByteMs",
                "referrer": "ClientRequestReferer", "user_agent": "ClientRequestUserAgent",
                "request_id": "RayID", "upstream": "OriginIP", "tls": "ClientSSLProtocol",
                "tls.cipher": "ClientSSLCipher", "url.scheme": "ClientRequestScheme",
                "cloudflare.cache": "CacheCacheStatus", "client.country": "ClientCountry",
            },
            ("ClientRequestMethod", "EdgeStartTimestamp"),
        ),
        json_format(
            "gcp_lb",
            {
                "time": "timestamp", "client_ip": "httpRequest.remoteIp",
                "method": "httpRequest.requestMethod", "target": "httpRequest.requestUrl",
                "protocol": "httpRequest.protocol", "status": "httpRequest.status",
                "bytes_out": "httpRequest.responseSize", "bytes_in": "httpRequest.requestSize",
                "duration_s": "httpRequest.latency", "referrer": "httpRequest.referer",
                "user_agent": "httpRequest.userAgent", "request_id": "insertId",
                "trace_id": "trace", "upstream": "httpRequest.serverIp",
            },
            ("httpRequest.requestMethod", "timestamp"),
        ),
        json_format(
            "envoy_json",
            {
                "time": ("start_time", "startTime"), "host": ("authority", ":authority"),
                "client_ip": ("downstream_remote_address", "x_forwarded_for", "x-forwarded-for"),
                "method": "method", "protocol": "protocol",
                "target": ("path", "x_envoy_original_path", "x-envoy-origin-path"),
                "status": "response_code", "bytes_out": "bytes_sent",
                "bytes_in": "bytes_received", "duration_ms": "duration", "referrer": "referer",
                "user_agent": ("user_agent", "user-agent"),
                "request_id": ("request_id", "x_request_id", "x-request-id"),
                "trace_id": "traceparent", "upstream": "upstream_host",
                "envoy.response_flags": "response_flags", "envoy.cluster": "upstream_cluster",
                "envoy.route": "route_name",
                "upstream.duration_ms": (
                    "upstream_service_time", "x_envoy_upstream_service_time",
                    "x-envoy-upstream-service-time",
                ),
                "tls.server_name": "requested_server_name",
            },
            ("start_time", "response_code"),
            telling=("method", "status"),
        ),
        _cloudfront(),
        json_format("azure_front_door", FRONT_DOOR_KEYS, ("properties.httpStatusCode",)),
        json_format("azure_gateway", GATEWAY_KEYS, ("properties.transactionId",)),
        json_format("nginx_json", ALIASES),
        # Other records may have what these need; theirs have not what the one before them needs.
        json_format("pino", PINO_KEYS, PINO_NEEDED, telling=("method", "status")),
        json_format("kong", KONG_KEYS, ("request.method", "response.status", "started_at")),
        json_format("api_gateway_json", AMAZON_KEYS, ("requestId", "httpMethod")),
    )
}  # fmt: skip
"""By name, the ones that are told by keys of their own first."""
