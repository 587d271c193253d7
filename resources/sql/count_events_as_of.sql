-- How many events, as known at a moment. as_of, since, until, source, kind, actor, retracted
select count(*) from events_as_of(%(as_of)s)
where is_meant(
    occurred_at, source_id, kind, actor, actor_key, retracted_at,
    %(since)s, %(until)s, %(source)s, %(kind)s, %(actor)s, %(retracted)s
);
