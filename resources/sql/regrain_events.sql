-- File a source's events under its new windows; give the windows left and entered. source_id
with moved as materialized (
    select
        e.event_id, e."window" as before,
        window_key(e.occurred_at, e.observed_at, g.grain, g.start) as after
    from events e
    join sources g using (source_id)
    where e.source_id = %(source_id)s
),
stored as (
    update events e set "window" = m.after
    from moved m
    where e.event_id = m.event_id and m.before <> m.after
    returning e.source_id, m.before, m.after, e.retracted_at
)
select source_id, before as "left", after as entered, count(*)
from stored
where retracted_at is null
group by 1, 2, 3;
