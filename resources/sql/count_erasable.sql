-- How many events, and earlier contents, are of a person. key, source_id or null, pseudonyms
select
    (
        select count(*) from events
        where is_written_by(actor, actor_key, attributes, %(key)s)
            and (%(source_id)s::text is null or source_id = %(source_id)s)
    ),
    (
        select count(*) from event_revisions r
        where (%(source_id)s::text is null or r.source_id = %(source_id)s)
            and not coalesce(r.actor_key = any(%(pseudonyms)s), false)
            and (
                is_written_by(r.actor, r.actor_key, r.attributes, %(key)s)
                or exists (
                    select from events e
                    where e.event_id = r.event_id and (
                        is_written_by(e.actor, e.actor_key, e.attributes, %(key)s)
                        or e.actor_key = any(%(pseudonyms)s)
                    )
                )
            )
    );
