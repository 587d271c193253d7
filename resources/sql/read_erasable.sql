-- Some of the collected events, without their texts, in the order of BATCH_SCHEMA. source_id, after, rows
select
    event_id, source_id, e.source_type, e.kind, e.occurred_at, e.utc_offset_minutes, e.session_id,
    e.actor, e.actor_key, e.subject, e.scope, '' as title, null as body, null as url, e.outcome,
    e.duration_ms, e.additions, e.deletions, e.files_changed, null as files, '{}'::text[] as refs,
    '{}'::jsonb as attributes, e.revised_at, e.retracted_at, e.digest
from erasing c
join events e using (event_id, source_id)
where source_id = %(source_id)s
    and c.number > %(after)s and c.number <= %(after)s + %(rows)s;
