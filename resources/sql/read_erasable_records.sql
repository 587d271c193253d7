-- Some records in quarantine, and whether they are of a person's events. key, source_id, pseudonyms, after, rows
select
    q.locator_hash, q.locator, q.reason, q.raw,
    exists (
        select from events e
        where e.event_id = q.event_id and (
            is_written_by(e.actor, e.actor_key, e.attributes, %(key)s)
            or e.actor_key = any(%(pseudonyms)s)
        )
    )
from quarantine q
where q.source_id = %(source_id)s and q.erased is null and q.locator_hash > %(after)s
order by q.locator_hash
limit %(rows)s;
