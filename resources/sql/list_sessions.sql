-- Sessions by their last event, newest first. since, until, source, kind, actor, retracted, limit
select
    session_id, source_id, min(occurred_at) as first, max(occurred_at) as last,
    count(*) as events, count(distinct actor_key) as people,
    (array_agg(title order by occurred_at, event_id))[1] as title
from events
where is_meant(
    occurred_at, source_id, kind, actor, actor_key, retracted_at,
    %(since)s, %(until)s, %(source)s, %(kind)s, %(actor)s, %(retracted)s
)
group by source_id, session_id
order by last desc, session_id, source_id
limit %(limit)s;
