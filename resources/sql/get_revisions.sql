-- Earlier contents of one event, oldest first. event_id
select
    event_id, source_id, source_type, kind, occurred_at, utc_offset_minutes, session_id, actor,
    actor_key, subject, scope, title, body, url, outcome, duration_ms, additions, deletions,
    files_changed, files, refs, attributes, revised_at, retracted_at, digest, observed_at,
    "window", replaced_at
from event_revisions
where event_id = %(event_id)s
order by replaced_at, revision;
