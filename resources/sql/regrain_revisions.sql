-- The same for earlier contents. source_id
update event_revisions r
set "window" = window_key(r.occurred_at, r.observed_at, g.grain, g.start)
from sources g
where r.source_id = %(source_id)s and g.source_id = r.source_id;
