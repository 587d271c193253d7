-- Withdraw what stands in a scope and was not met. As weigh_claim, and moment
with gone as (
    update events set retracted_at = %(moment)s
    where source_id = %(source_id)s
        and retracted_at is null
        and kind = any(%(kinds)s)
        and (%(scope)s::text is null or scope = %(scope)s)
        and (%(since)s::timestamptz is null or occurred_at >= %(since)s)
        and (%(until)s::timestamptz is null or occurred_at < %(until)s)
        and (%(window)s::text is null or "window" = %(window)s)
        and arrival < %(pass_arrival)s
        and not exists (
            select from pass_seen p
            where p.pass_id = %(pass_id)s and p.event_id = events.event_id
        )
    returning source_id, "window"
)
select source_id, "window" as "left", null as entered, count(*) from gone group by 1, 2;
