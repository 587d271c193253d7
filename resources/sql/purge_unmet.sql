-- Withdraw all that a full pass has not met, but for what cannot be met twice. source_id, observed_kinds, pass_id, pass_arrival, moment
with gone as (
    update events set retracted_at = %(moment)s
    where source_id = %(source_id)s
        and retracted_at is null
        and kind <> all(%(observed_kinds)s)
        and arrival < %(pass_arrival)s
        and not exists (
            select from pass_seen p
            where p.pass_id = %(pass_id)s and p.event_id = events.event_id
        )
    returning source_id, "window"
)
select source_id, "window" as "left", null as entered, count(*) from gone group by 1, 2;
