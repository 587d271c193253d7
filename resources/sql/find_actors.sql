-- The keys that a name is, or is shown for. wanted, source_id or null
select
    coalesce(actor_key, actor) as who,
    coalesce(array_agg(distinct actor order by actor) filter (where actor is not null), '{}'),
    array_agg(distinct source_id order by source_id),
    count(*) as events
from events
where (
        (lower(left(actor, 200)) = lower(left(%(wanted)s, 200)) and lower(actor) = lower(%(wanted)s))
        or (
            lower(left(actor_key, 200)) = lower(left(%(wanted)s, 200))
            and lower(actor_key) = lower(%(wanted)s)
        )
    )
    and (%(source_id)s::text is null or source_id = %(source_id)s)
group by 1
order by events desc, who;
