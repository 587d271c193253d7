-- Tell consumers of windows that changed; those that events left behind get the last marks. consumers, source_ids, windows, left (the last three in step), moment
with numbered as materialized (
    select consumer, source_id, "window", nextval('marks') as mark
    from (
        select consumer, source_id, "window"
        from unnest(%(consumers)s::text[]) consumer,
            unnest(%(source_ids)s::text[], %(windows)s::text[], %(left)s::boolean[])
                changed (source_id, "window", is_left)
        order by is_left, source_id, "window", consumer
    ) ordered
),

held as materialized (
    select consumer, source_id, "window", d.mark
    from dirty_windows d
    join numbered using (consumer, source_id, "window")
),

marked as (
    insert into dirty_windows (consumer, source_id, "window", mark, marked_at)
    select consumer, source_id, "window", mark, %(moment)s
    from numbered
    order by consumer, source_id, "window"
    on conflict (consumer, source_id, "window") do update set
        mark = excluded.mark,
        marked_at = excluded.marked_at
    returning consumer, source_id, "window", mark
)

select source_id, "window", held.mark as before, marked.mark as after
from marked
left join held using (consumer, source_id, "window")
where consumer = 'lake';
