-- How many events. since, until, source, kind, actor, retracted
select count(*) from events
where is_meant(
    occurred_at, source_id, kind, actor, actor_key, retracted_at,
    %(since)s, %(until)s, %(source)s, %(kind)s, %(actor)s, %(retracted)s
);
