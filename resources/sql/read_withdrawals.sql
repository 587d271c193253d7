-- Between which moments events were withdrawn, the last ones first. source_id
select event_id, retracted_after, retracted_at
from events
where source_id = %(source_id)s and retracted_at is not null
order by retracted_at desc, event_id desc;
