-- Requests counted, as analysts look at them.

create table daybook.api_traffic (
    source_id text not null,
    "window" text not null,
    minute timestamptz not null,
    host text,
    route text,
    method text,
    status_class text,
    requests bigint not null,
    errors bigint not null,
    bytes_out bigint,
    timed bigint not null,
    duration_p50_ms double precision,
    duration_p95_ms double precision,
    duration_p99_ms double precision,
    duration_max_ms double precision
);

create index api_traffic_window on daybook.api_traffic (source_id, "window");
create index api_traffic_minute on daybook.api_traffic (minute);

comment on table daybook.api_traffic is
    'HTTP requests by minute, host, route, method and class of status; as new as the lake''s files';
comment on column daybook.api_traffic.source_id is 'The configured source';
comment on column daybook.api_traffic."window" is 'The day (UTC) it is filed under';
comment on column daybook.api_traffic.minute is 'Begin of the minute, by the source''s clock';
comment on column daybook.api_traffic.host is 'Virtual host; null where the log names none';
comment on column daybook.api_traffic.route is
    'Path with placeholders, or the path where none is known, cut to 256 characters; null: no path';
comment on column daybook.api_traffic.method is 'As sent: GET, POST, …';
comment on column daybook.api_traffic.status_class is '2xx, 3xx, 4xx, 5xx; null: no status';
comment on column daybook.api_traffic.requests is 'How many requests';
comment on column daybook.api_traffic.errors is 'In how many of them the server failed (status 500 on)';
comment on column daybook.api_traffic.bytes_out is 'Bytes of all answers; null: no size is known';
comment on column daybook.api_traffic.timed is 'Of how many the time taken is known';
comment on column daybook.api_traffic.duration_p50_ms is
    'Median of the time taken, milliseconds; exact, null where none is known';
comment on column daybook.api_traffic.duration_p95_ms is '95th percentile of it, exact';
comment on column daybook.api_traffic.duration_p99_ms is '99th percentile of it, exact';
comment on column daybook.api_traffic.duration_max_ms is 'The longest';
