-- Some earlier contents of a person's events, without their texts, with their numbers. key, source_id, pseudonym, after, rows
select
    r.event_id, r.source_id, r.source_type, r.kind, r.occurred_at, r.utc_offset_minutes,
    r.session_id, r.actor, r.actor_key, r.subject, r.scope, '' as title, null as body, null as url,
    r.outcome, r.duration_ms, r.additions, r.deletions, r.files_changed, null as files,
    '{}'::text[] as refs, '{}'::jsonb as attributes, r.revised_at, r.retracted_at, r.digest,
    r.revision
from event_revisions r
where r.source_id = %(source_id)s
    and r.revision > %(after)s
    and r.actor_key is distinct from %(pseudonym)s
    and (
        is_written_by(r.actor, r.actor_key, r.attributes, %(key)s)
        or exists (
            select from events e where e.event_id = r.event_id and e.actor_key = %(pseudonym)s
        )
    )
order by r.revision
limit %(rows)s;
