-- What is known of a source's windows. source_id
select source_id, "window", state, reason, checked_at
from coverage
where source_id = %(source_id)s
order by "window";
