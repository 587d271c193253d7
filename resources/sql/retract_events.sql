-- Withdraw events by id, and count them by window. source_id, event_ids, moment, standing or null
with gone as (
    update events set
        retracted_at = %(moment)s,
        retracted_after = case
            when %(standing)s::timestamptz is not null then greatest(observed_at, %(standing)s)
        end
    where source_id = %(source_id)s
        and event_id = any(%(event_ids)s::uuid[])
        and retracted_at is null
    returning source_id, "window"
)
select source_id, "window" as "left", null as entered, count(*) from gone group by 1, 2;
