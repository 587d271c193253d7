-- What analysts read: documented views over the tables.

create view daybook.event_rows as
select
    event_id, source_id, source_type, kind, occurred_at, utc_offset_minutes, session_id, actor,
    actor_key, subject, scope, title, body, url, outcome, duration_ms, additions, deletions,
    files_changed,
    case when files_known then coalesce(
        (
            select json_agg(
                json_build_object(
                    'path', f.path, 'old_path', f.old_path, 'change', f.change,
                    'additions', f.additions, 'deletions', f.deletions
                )
                order by f.position
            )
            from daybook.event_files f
            where f.event_id = e.event_id
        ),
        '[]'
    ) end as files,
    refs, attributes, revised_at, retracted_at, digest, observed_at, "window"
from daybook.events e;

create function daybook.events_as_of(moment timestamptz) returns setof daybook.event_rows
language sql stable parallel safe as $$
    select
        event_id, source_id, source_type, kind, occurred_at, utc_offset_minutes, session_id, actor,
        actor_key, subject, scope, title, body, url, outcome, duration_ms, additions, deletions,
        files_changed, files, refs, attributes, revised_at,
        case when retracted_at <= moment then retracted_at end,
        digest, observed_at, "window"
    from (
        select e.*
        from daybook.event_rows e
        where e.observed_at <= moment and not exists (
            select from daybook.event_revisions r
            where r.event_id = e.event_id and r.replaced_at > moment
        )
        union all
        (
            select distinct on (event_id)
                event_id, source_id, source_type, kind, occurred_at, utc_offset_minutes,
                session_id, actor, actor_key, subject, scope, title, body, url, outcome,
                duration_ms, additions, deletions, files_changed, files, refs, attributes,
                revised_at, retracted_at, digest, observed_at, "window"
            from daybook.event_revisions
            where observed_at <= moment and replaced_at > moment
            order by event_id, replaced_at, revision
        )
    ) known
$$;

-- Which events a filter means; a planner that knows the arguments drops what is not set.
create function daybook.is_meant(
    occurred_at timestamptz, source_id text, kind text, actor text, actor_key text,
    retracted_at timestamptz,
    since timestamptz, until timestamptz, of_source text, of_kind text, of_actor text,
    retracted boolean
) returns boolean language sql immutable parallel safe as $$
    select (since is null or occurred_at >= since)
        and (until is null or occurred_at < until)
        and (of_source is null or source_id = of_source)
        and (
            of_kind is null or kind = of_kind
            or (right(of_kind, 1) = '*' and starts_with(kind, left(of_kind, -1)))
        )
        and (
            of_actor is null
            or (lower(left(actor, 200)) = lower(left(of_actor, 200))
                and lower(actor) = lower(of_actor))
            or (lower(left(actor_key, 200)) = lower(left(of_actor, 200))
                and lower(actor_key) = lower(of_actor))
        )
        and (retracted or retracted_at is null)
$$;

create view daybook.live_events as
select
    event_id, source_id, source_type, kind, occurred_at, utc_offset_minutes, session_id, actor,
    actor_key, subject, scope, title, body, url, outcome, duration_ms, additions, deletions,
    files_changed, refs, attributes, revised_at, observed_at, "window"
from daybook.events
where retracted_at is null;

create view daybook.commits as
select
    event_id, source_id, subject as sha, occurred_at, utc_offset_minutes, actor as author,
    actor_key as author_email, scope as branch, title, body, additions, deletions, files_changed,
    refs, attributes, observed_at
from daybook.events
where retracted_at is null and kind in ('git.commit', 'github.commit');

create view daybook.file_changes as
select
    e.event_id, e.source_id, e.kind, e.occurred_at, e.actor, e.actor_key, e.subject,
    f.path, f.old_path, f.change, f.additions, f.deletions,
    case when e.additions is not null then f.additions is null end as is_binary
from daybook.events e
join daybook.event_files f using (event_id)
where e.retracted_at is null;

create view daybook.requests as
select
    event_id, source_id, occurred_at, actor_key as client, subject as request, scope as host,
    attributes ->> 'http.request.method' as method,
    coalesce(attributes ->> 'http.route', attributes ->> 'url.path') as route,
    attributes ->> 'url.path' as path,
    case when jsonb_typeof(attributes -> 'http.response.status_code') = 'number'
        then (attributes -> 'http.response.status_code')::integer end as status,
    outcome, duration_ms,
    case when jsonb_typeof(attributes -> 'http.response.body.size') = 'number'
        then (attributes -> 'http.response.body.size')::bigint end as bytes_out,
    attributes, observed_at
from daybook.events
where retracted_at is null and kind = 'http.request';

comment on schema daybook is 'Daybook: what happened, as events';
comment on table daybook.events is
    'Every event, withdrawn ones too: add "where retracted_at is null", or read live_events';
comment on column daybook.events.event_id is 'Identity, from source, kind and the origin''s own key';
comment on column daybook.events.source_id is 'The configured source it came from';
comment on column daybook.events.source_type is 'filesystem, github, slack, api_log, or another';
comment on column daybook.events.kind is 'What happened, e.g. git.commit, slack.message';
comment on column daybook.events.occurred_at is 'When it happened, by the source''s clock';
comment on column daybook.events.utc_offset_minutes is 'The actor''s own offset from UTC';
comment on column daybook.events.session_id is 'What it belongs together with: thread, issue, day';
comment on column daybook.events.actor is 'Who did it: a name to show';
comment on column daybook.events.actor_key is 'Who did it: e-mail, login, user id, client address';
comment on column daybook.events.subject is 'What it is about: commit id, owner/repo#42, request';
comment on column daybook.events.scope is 'Branch, channel name, virtual host';
comment on column daybook.events.title is 'One line';
comment on column daybook.events.body is 'Full text';
comment on column daybook.events.url is 'Permalink';
comment on column daybook.events.outcome is 'success, failure, merged, closed, … by kind';
comment on column daybook.events.duration_ms is 'How long it took, milliseconds';
comment on column daybook.events.additions is 'Lines added';
comment on column daybook.events.deletions is 'Lines deleted';
comment on column daybook.events.files_changed is 'How many files; they stand in event_files';
comment on column daybook.events.refs is 'Links, e.g. git:<sha>, github:owner/repo#42, issue:ABC-12';
comment on column daybook.events.attributes is 'What only this kind has';
comment on column daybook.events.revised_at is 'When the source last changed the record';
comment on column daybook.events.retracted_at is 'When it was withdrawn; null: it stands';
comment on column daybook.events.digest is 'BLAKE2b-128 of the content; null: the kind never changes';
comment on column daybook.events.observed_at is 'When Daybook first stored it';
comment on column daybook.events."window" is 'The month or day (UTC) it is filed under';
comment on column daybook.events.files_known is 'Whether the source says which files changed';
comment on column daybook.events.arrival is 'Number of the write that last gave its content';
comment on table daybook.event_files is 'The files that events changed, in the source''s order';
comment on column daybook.event_files.path is 'Path afterwards; before, for a deletion';
comment on column daybook.event_files.old_path is 'Path before, for renames and copies';
comment on column daybook.event_files.change is 'A, M, D, R, C or T, as git writes it';
comment on table daybook.event_revisions is 'Earlier contents of events that changed';
comment on column daybook.event_revisions.replaced_at is 'When this content gave way to the next';
comment on table daybook.quarantine is 'Records that could not become events, and why';
comment on table daybook.coverage is 'How much of each window is held, and why not all';
comment on table daybook.skipped_claims is
    'What sources no longer give, and too much of it to be withdrawn unasked';
comment on table daybook.sources is 'The sources, and how their windows are cut';
comment on table daybook.source_state is 'How far each source has been read';
comment on table daybook.dirty_windows is 'Windows that the lake or Dagster has yet to catch up with';
comment on table daybook.pass_seen is 'What the full passes under way have met again';
comment on view daybook.event_rows is 'Events with their files as JSON';
comment on function daybook.events_as_of(timestamptz) is 'Events as they were known at a moment';
comment on view daybook.live_events is 'Events that stand: all but the withdrawn ones';
comment on view daybook.commits is 'Commits that stand, from git and GitHub alike';
comment on column daybook.commits.sha is 'Commit id, 40 or 64 hex digits';
comment on column daybook.commits.author_email is 'Lower-cased e-mail or login';
comment on view daybook.file_changes is 'One row for each file that an event changed';
comment on column daybook.file_changes.is_binary is
    'Whether git counts no lines in it; null where the lines of its commit could not be counted';
comment on view daybook.requests is 'HTTP requests from access logs';
comment on column daybook.requests.client is 'Client address';
comment on column daybook.requests.host is 'Virtual host';
comment on column daybook.requests.outcome is 'failure from status 500 on, else success';
comment on column daybook.requests.duration_ms is 'How long it took, milliseconds';
comment on column daybook.requests.method is 'As sent: GET, POST, …';
comment on column daybook.requests.route is 'Path with placeholders, or the path where none is known';
comment on column daybook.requests.path is 'Path as asked for, without the query';
comment on column daybook.requests.status is 'HTTP status';
comment on column daybook.requests.bytes_out is 'Bytes of the answer';
