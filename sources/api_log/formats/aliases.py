"""Keys of JSON lines whose writer chose them by himself."""

from typing import Final

ALIASES: Final[dict[str, str | tuple[str, ...]]] = {
    "time": (
        "msec", "time_iso8601", "time_local", "time", "timestamp", "@timestamp", "ts", "datetime",
        "date", "start_time",
    ),
    "host": ("http_host", "host", "server_name", "vhost", "hostname", "domain", "authority"),
    "client_ip": (
        "remote_addr", "client_ip", "clientip", "remote_ip", "client", "ip", "remote_host", "c_ip",
        "src_ip", "remote", "downstream_remote_address", "client_address",
        "remote_address",
    ),
    "user": ("remote_user", "user", "username", "user_name", "user_id"),
    "request": ("request", "request_line"),
    "method": ("request_method", "method", "http_method", "verb"),
    "target": ("request_uri", "uri", "url", "uri_path", "path", "request_path"),
    "query": ("args", "query_string", "query", "request_query"),
    "protocol": (
        "server_protocol", "protocol", "proto", "http_version", "request_protocol", "request_proto",
        "httpversion",
    ),
    "status": ("status", "status_code", "response_status", "http_status", "response_code", "code"),
    "bytes_out": (
        "body_bytes_sent", "bytes_sent", "bytes", "size", "bytes_out", "response_size",
        "response_length", "body_sent", "response_body_size",
    ),
    "bytes_in": ("request_length", "bytes_received", "bytes_in", "request_size"),
    "duration_s": (
        "request_time", "rt", "duration_s", "request_duration", "response_time",
        "responsetime",
    ),
    "duration_ms": ("duration_ms", "latency_ms", "elapsed_ms", "request_time_ms", "took_ms"),
    "duration_us": ("duration_us", "elapsed_us"),
    "duration_ns": ("duration_ns", "latency_ns"),
    "referrer": ("http_referer", "http_referrer", "referer", "referrer", "request_referer"),
    "user_agent": (
        "http_user_agent", "user_agent", "agent", "ua", "useragent", "request_user_agent",
    ),
    "request_id": ("request_id", "req_id", "x_request_id", "id"),
    "trace_id": ("trace_id", "traceid", "traceparent"),
    "upstream": ("upstream_addr", "upstream", "upstream_host", "backend"),
    "tls": ("ssl_protocol", "tls_version"),
    "forwarded": ("http_x_forwarded_for", "xff", "x_forwarded_for", "x-forward-for"),
    "upstream.status": "upstream_status",
    "upstream.duration_s": "upstream_response_time",
    "tls.cipher": "ssl_cipher",
}  # fmt: skip
"""Keys that people give the variables of nginx and their like; the first that is there counts."""
