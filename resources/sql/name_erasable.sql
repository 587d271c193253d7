-- The names shown with a person's key. key, source_id or null
select distinct actor from events
where actor is not null
    and is_written_by(actor, actor_key, attributes, %(key)s)
    and (%(source_id)s::text is null or source_id = %(source_id)s);
