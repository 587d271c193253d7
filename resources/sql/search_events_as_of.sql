-- The same among events as they were known at a moment. query, as_of, since, until, source, kind, actor, retracted, limit
select r.*
from
    events_as_of(%(as_of)s) r,
    lateral (
        select websearch_to_tsquery('simple', %(query)s)
            || websearch_to_tsquery('english', %(query)s)
    ) words (wanted)
where kind <> 'http.request'
    and search_vector(title, body, subject, actor, scope, refs) @@ wanted
    and is_meant(
        occurred_at, source_id, kind, actor, actor_key, retracted_at,
        %(since)s, %(until)s, %(source)s, %(kind)s, %(actor)s, %(retracted)s
    )
order by
    ts_rank_cd(search_vector(title, body, subject, actor, scope, refs), wanted, 1) desc,
    occurred_at desc, event_id
limit %(limit)s;
