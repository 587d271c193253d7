-- Events per span of time, source and kind. grain, since, until, source, kind, actor, retracted
select date_trunc(%(grain)s, occurred_at) as bucket, source_id, kind, count(*) as events
from events
where is_meant(
    occurred_at, source_id, kind, actor, actor_key, retracted_at,
    %(since)s, %(until)s, %(source)s, %(kind)s, %(actor)s, %(retracted)s
)
group by 1, 2, 3
order by 1, 2, 3;
