-- Which windows hold no event. source_id, windows
select "window"
from unnest(%(windows)s::text[]) asked ("window")
where not exists (
    select from events e where e.source_id = %(source_id)s and e."window" = asked."window"
);
