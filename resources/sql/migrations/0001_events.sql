-- The event store: events with their files and revisions, quarantine, progress, marks.

create table daybook.store (
    incarnation uuid not null default gen_random_uuid(),
    made_at timestamptz not null default now()
);
insert into daybook.store default values;
comment on table daybook.store is 'One row: which database this is';

create sequence daybook.arrivals;
create sequence daybook.marks;

create table daybook.events (
    event_id uuid primary key,
    source_id text not null,
    source_type text not null,
    kind text not null,
    occurred_at timestamptz not null,
    utc_offset_minutes smallint,
    session_id text not null,
    actor text,
    actor_key text,
    subject text not null,
    scope text,
    title text not null,
    body text,
    url text,
    outcome text,
    duration_ms double precision,
    additions integer,
    deletions integer,
    files_changed integer,
    refs text[] not null,
    attributes jsonb not null,
    revised_at timestamptz,
    retracted_at timestamptz,
    digest bytea,
    observed_at timestamptz not null,
    "window" text not null,
    files_known boolean not null,
    arrival bigint not null
);

create index events_occurred_at on daybook.events (occurred_at);
create index events_window on daybook.events (source_id, "window");

create table daybook.event_files (
    event_id uuid not null,
    position integer not null,
    path text not null,
    old_path text,
    change text not null,
    additions integer,
    deletions integer,
    primary key (event_id, position)
);

create table daybook.event_revisions (
    event_id uuid not null,
    source_id text not null,
    source_type text not null,
    kind text not null,
    occurred_at timestamptz not null,
    utc_offset_minutes smallint,
    session_id text not null,
    actor text,
    actor_key text,
    subject text not null,
    scope text,
    title text not null,
    body text,
    url text,
    outcome text,
    duration_ms double precision,
    additions integer,
    deletions integer,
    files_changed integer,
    files json,
    refs text[] not null,
    attributes jsonb not null,
    revised_at timestamptz,
    retracted_at timestamptz,
    digest bytea,
    observed_at timestamptz not null,
    "window" text not null,
    replaced_at timestamptz not null,
    revision bigint generated always as identity primary key
);

create index event_revisions_event on daybook.event_revisions (event_id, replaced_at);
create index event_revisions_source on daybook.event_revisions (source_id);

create table daybook.sources (
    source_id text primary key,
    source_type text not null,
    grain text not null check (grain in ('month', 'day')),
    start date not null
);

create table daybook.source_state (
    source_id text primary key,
    epoch uuid not null,
    cursor json,
    pass_id uuid,
    pass_arrival bigint,
    pass_purges boolean not null,
    fingerprint text not null,
    configured_at timestamptz,
    version bigint not null,
    updated_at timestamptz not null
);

create table daybook.pass_seen (
    pass_id uuid not null,
    event_id uuid not null,
    source_id text not null,
    primary key (pass_id, event_id)
);

create index pass_seen_source on daybook.pass_seen using hash (source_id);

create table daybook.quarantine (
    source_id text not null,
    locator text not null,
    locator_hash bytea not null,
    reason text not null,
    raw bytea not null,
    event_id uuid,
    occurred_at timestamptz,
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    attempts integer not null,
    primary key (source_id, locator_hash)
);

-- Each batch asks which of its events were bad before; else it would read all bad records there are.
create index quarantine_event on daybook.quarantine (event_id);

create table daybook.dirty_windows (
    consumer text not null check (consumer in ('announce', 'lake')),
    source_id text not null,
    "window" text not null,
    mark bigint not null,
    marked_at timestamptz not null,
    primary key (consumer, source_id, "window")
);

create table daybook.coverage (
    source_id text not null,
    "window" text not null,
    state text not null check (state in ('whole', 'partial', 'missing')),
    reason text,
    checked_at timestamptz not null,
    primary key (source_id, "window")
);

create table daybook.skipped_claims (
    source_id text not null,
    pass_id uuid not null,
    "window" text,
    words text not null,
    skipped_at timestamptz not null,
    claim bigint generated always as identity primary key
);

-- The same as sources/windows.py's window_key; a property test holds them equal.
create function daybook.window_key(
    occurred_at timestamptz, observed_at timestamptz, grain text, start date
) returns text language sql stable parallel safe as $$
    select to_char(
        greatest(least(occurred_at, observed_at), start::timestamp at time zone 'UTC')
            at time zone 'UTC',
        case grain when 'day' then 'YYYY-MM-DD' else 'YYYY-MM' end
    )
$$;

-- A tsvector holds 1 MB at most, so what is indexed of a text is cut, and cut again where that
-- was too much. Declared immutable, as an index needs it: the configurations are named in full.
create function daybook.search_text(
    title text, body text, labels text, chars integer
) returns tsvector language sql immutable parallel safe as $$
    select setweight(to_tsvector('pg_catalog.simple', left(title, chars)), 'A')
        || setweight(to_tsvector('pg_catalog.simple', left(labels, chars)), 'B')
        || setweight(to_tsvector('pg_catalog.simple', left(coalesce(body, ''), chars)), 'C')
        || setweight(to_tsvector('pg_catalog.english', left(title, chars)), 'A')
        || setweight(to_tsvector('pg_catalog.english', left(coalesce(body, ''), chars)), 'C')
$$;

create function daybook.search_vector(
    title text, body text, subject text, actor text, scope text, refs text[]
) returns tsvector language plpgsql immutable parallel safe as $$
declare
    labels text := concat_ws(' ', subject, actor, scope, array_to_string(refs, ' '));
begin
    if octet_length(title) + coalesce(octet_length(body), 0) + octet_length(labels) < 40000 then
        return daybook.search_text(title, body, labels, 40000);
    end if;
    begin
        return daybook.search_text(title, body, labels, 100000);
    exception when program_limit_exceeded then
        return daybook.search_text(title, body, labels, 10000);
    end;
end
$$;

create function daybook.fuzzy_text(title text, actor text) returns text
language sql immutable parallel safe as $$
    select lower(left(title, 500) || ' ' || coalesce(left(actor, 200), ''))
$$;
