-- Events that match words and phrases, best first. query, since, until, source, kind, actor, retracted, limit
select r.*
from (
    select
        event_id, occurred_at,
        ts_rank_cd(search_vector(title, body, subject, actor, scope, refs), wanted, 1) as rank
    from
        events,
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
    order by rank desc, occurred_at desc, event_id
    limit %(limit)s
) found
join event_rows r using (event_id)
order by found.rank desc, found.occurred_at desc, found.event_id;
