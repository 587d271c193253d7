-- What is held of each source, with its progress row. No parameters.
select
    s.source_id, s.source_type, s.grain, s.start,
    coalesce(e.live, 0), coalesce(e.retracted, 0), coalesce(q.records, 0), e.first, e.last,
    (
        select coalesce(json_object_agg(consumer, marks), '{}')
        from (
            select consumer, count(d."window") as marks
            from unnest(array['announce', 'lake']) consumer
            left join dirty_windows d using (consumer)
            where d.source_id is null or d.source_id = s.source_id
            group by consumer
        ) waiting
    ),
    p.epoch, p.cursor::text, p.pass_id, p.pass_arrival, p.pass_purges, p.fingerprint,
    p.configured_at, p.version, p.updated_at
from sources s
left join source_state p using (source_id)
left join (
    select
        source_id,
        count(*) filter (where retracted_at is null) as live,
        count(*) filter (where retracted_at is not null) as retracted,
        min(occurred_at) filter (where retracted_at is null) as first,
        max(occurred_at) filter (where retracted_at is null) as last
    from events
    group by source_id
) e using (source_id)
left join (select source_id, count(*) as records from quarantine group by source_id) q
    using (source_id)
order by s.source_id;
