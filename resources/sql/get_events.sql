-- Events by time. since, until, source, kind, actor, retracted, limit
select * from event_rows
where is_meant(
    occurred_at, source_id, kind, actor, actor_key, retracted_at,
    %(since)s, %(until)s, %(source)s, %(kind)s, %(actor)s, %(retracted)s
)
order by occurred_at, event_id
limit %(limit)s;
