-- Events whose title or actor has something like each word of a misspelt query, best of the first 2,000 first; the index finds the longest. query, words, longest, since, until, source, kind, actor, retracted, limit
select r.*
from (
    select event_id, occurred_at, word_similarity(%(query)s, fuzzy_text(title, actor)) as likeness
    from (
        select event_id, occurred_at, title, actor
        from events
        where kind <> 'http.request'
            and %(longest)s <%% fuzzy_text(title, actor)
            and (
                select bool_and(word <%% fuzzy_text(title, actor))
                from unnest(%(words)s::text[]) word
            )
            and is_meant(
                occurred_at, source_id, kind, actor, actor_key, retracted_at,
                %(since)s, %(until)s, %(source)s, %(kind)s, %(actor)s, %(retracted)s
            )
        limit 2000
    ) alike
    order by likeness desc, occurred_at desc, event_id
    limit %(limit)s
) found
join event_rows r using (event_id)
order by found.likeness desc, found.occurred_at desc, found.event_id;
