-- Take traffic in.
copy api_traffic (
    source_id, "window", minute, host, route, method, status_class, requests, errors, bytes_out,
    timed, duration_p50_ms, duration_p95_ms, duration_p99_ms, duration_max_ms
) from stdin with (format binary);
