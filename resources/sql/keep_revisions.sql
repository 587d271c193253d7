-- Keep the contents that are about to be replaced. moment
insert into event_revisions (
    event_id, source_id, source_type, kind, occurred_at, utc_offset_minutes, session_id, actor,
    actor_key, subject, scope, title, body, url, outcome, duration_ms, additions, deletions,
    files_changed, files, refs, attributes, revised_at, retracted_at, digest, observed_at, "window",
    replaced_at
)
select
    event_id, e.source_id, e.source_type, e.kind, e.occurred_at, e.utc_offset_minutes,
    e.session_id, e.actor, e.actor_key, e.subject, e.scope, e.title, e.body, e.url, e.outcome,
    e.duration_ms, e.additions, e.deletions, e.files_changed, e.files, e.refs, e.attributes,
    e.revised_at, e.retracted_at, e.digest, e.observed_at, e."window", %(moment)s
from event_rows e
join staged s using (event_id)
order by event_id;
