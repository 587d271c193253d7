-- A consumer has caught up; marks made since stay. consumer, source_ids, windows, marks
with held as materialized (
    select d.consumer, d.source_id, d."window", d.mark
    from dirty_windows d
    join unnest(%(source_ids)s::text[], %(windows)s::text[], %(marks)s::bigint[])
        cleared (source_id, "window", mark)
        using (source_id, "window", mark)
    where d.consumer = %(consumer)s
    order by d.source_id, d."window"
    for update of d
)
delete from dirty_windows d
using held
where d.consumer = held.consumer
    and d.source_id = held.source_id
    and d."window" = held."window"
    and d.mark = held.mark;
