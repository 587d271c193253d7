-- One session's events that stand; the index holds the id's beginning. session_id
select * from event_rows
where left(session_id, 200) = left(%(session_id)s, 200)
    and session_id = %(session_id)s
    and retracted_at is null
order by occurred_at, event_id;
