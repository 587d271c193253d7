-- Events that stand and that a pass has not met, so many at most. source_id, window, pass_id, pass_arrival, limit
select kind, scope, subject, occurred_at
from events
where source_id = %(source_id)s
    and retracted_at is null
    and (%(window)s::text is null or "window" = %(window)s)
    and arrival < %(pass_arrival)s
    and not exists (
        select from pass_seen p
        where p.pass_id = %(pass_id)s and p.event_id = events.event_id
    )
limit %(limit)s;
