-- The table that rows which change something pass through, one a connection. No parameters.
set local client_min_messages = warning;
create temporary table if not exists staged (
    event_id uuid not null,
    source_id text,
    source_type text,
    kind text,
    occurred_at timestamptz,
    utc_offset_minutes smallint,
    session_id text,
    actor text,
    actor_key text,
    subject text,
    scope text,
    title text,
    body text,
    url text,
    outcome text,
    duration_ms double precision,
    additions integer,
    deletions integer,
    files_changed integer,
    refs text[],
    attributes jsonb,
    revised_at timestamptz,
    retracted_at timestamptz,
    digest bytea,
    files_known boolean
) on commit delete rows;
