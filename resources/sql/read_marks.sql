-- Windows a consumer has not caught up with. consumer, source_id or null
select source_id, "window", mark
from dirty_windows
where consumer = %(consumer)s
    and (%(source_id)s::text is null or source_id = %(source_id)s)
order by source_id, "window";
