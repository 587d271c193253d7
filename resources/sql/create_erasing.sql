-- Collect the events of a person, in the order in which they lie. key, source_id or null
create temporary table erasing as
select source_id, row_number() over (partition by source_id order by ctid) as number, event_id
from events
where is_written_by(actor, actor_key, attributes, %(key)s)
    and (%(source_id)s::text is null or source_id = %(source_id)s);
create index on erasing (source_id, number);
analyze erasing;
select count(*) from erasing;
