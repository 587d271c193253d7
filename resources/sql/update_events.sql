-- Store the events whose record changed; count them by the windows left and entered. arrival
with changed as materialized (
    select e.event_id, e.source_id, e."window"
    from events e
    join staged s using (event_id)
    order by e.event_id
    for update of e
),
stored as (
    update events e set
        source_id = s.source_id,
        source_type = s.source_type,
        kind = s.kind,
        occurred_at = s.occurred_at,
        utc_offset_minutes = s.utc_offset_minutes,
        session_id = s.session_id,
        actor = s.actor,
        actor_key = s.actor_key,
        subject = s.subject,
        scope = s.scope,
        title = s.title,
        body = s.body,
        url = s.url,
        outcome = s.outcome,
        duration_ms = s.duration_ms,
        additions = s.additions,
        deletions = s.deletions,
        files_changed = s.files_changed,
        refs = s.refs,
        attributes = s.attributes,
        revised_at = s.revised_at,
        retracted_at = s.retracted_at,
        retracted_after = null,
        digest = coalesce(s.digest, e.digest),
        "window" = window_key(s.occurred_at, e.observed_at, g.grain, g.start),
        files_known = s.files_known,
        arrival = %(arrival)s
    from changed c
    join staged s using (event_id)
    join sources g on g.source_id = s.source_id
    where e.event_id = c.event_id
    returning e.event_id, e.source_id, e."window"
)
select
    c.source_id, c."window" as "left",
    case when s.source_id = c.source_id then s."window" end as entered, count(*)
from changed c
join stored s using (event_id)
group by 1, 2, 3
union all
select s.source_id, null, s."window", count(*)
from changed c
join stored s using (event_id)
where s.source_id <> c.source_id
group by 1, 3;
