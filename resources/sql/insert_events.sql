-- Store the events not held before, and count them by window. moment, arrival
with stored as (
    insert into events (
        event_id, source_id, source_type, kind, occurred_at, utc_offset_minutes, session_id, actor,
        actor_key, subject, scope, title, body, url, outcome, duration_ms, additions, deletions,
        files_changed, refs, attributes, revised_at, retracted_at, digest, observed_at, "window",
        files_known, arrival
    )
    select
        s.event_id, s.source_id, s.source_type, s.kind, s.occurred_at, s.utc_offset_minutes,
        s.session_id, s.actor, s.actor_key, s.subject, s.scope, s.title, s.body, s.url, s.outcome,
        s.duration_ms, s.additions, s.deletions, s.files_changed, s.refs, s.attributes::jsonb,
        s.revised_at, s.retracted_at, s.digest, coalesce(s.observed_at, %(moment)s),
        coalesce(s."window", window_key(s.occurred_at, %(moment)s, g.grain, g.start)),
        s.files_known, %(arrival)s
    from staged s
    join sources g using (source_id)
    where s.action = 'new'
    order by s.event_id
    returning source_id, "window"
)
select source_id, null as "left", "window" as entered, count(*) from stored group by 1, 3;
