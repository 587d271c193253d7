-- Withdraw what stands in a scope and is not in this batch. As weigh_batch_claim, and moment, standing or null
with gone as (
    update events set
        retracted_at = %(moment)s,
        retracted_after = case
            when %(standing)s::timestamptz is not null then greatest(observed_at, %(standing)s)
        end
    where source_id = %(source_id)s
        and retracted_at is null
        and kind = any(%(kinds)s)
        and (%(scope)s::text is null or scope = %(scope)s)
        and (%(subject)s::text is null or starts_with(subject, %(subject)s))
        and (
            %(session)s::text is null
            or (left(session_id, 200) = left(%(session)s, 200) and session_id = %(session)s)
        )
        and (
            %(first_session)s::text is null
            or session_id collate "C" between %(first_session)s and %(last_session)s
        )
        and session_id <> all(%(but_sessions)s::text[])
        and (%(since)s::timestamptz is null or occurred_at >= %(since)s)
        and (%(until)s::timestamptz is null or occurred_at < %(until)s)
        and (%(window)s::text is null or "window" = %(window)s)
        and not exists (select from incoming i where i.event_id = events.event_id)
        and event_id <> all(%(unread)s::uuid[])
    returning source_id, "window"
)
select source_id, "window" as "left", null as entered, count(*) from gone group by 1, 2;
