-- Which rows of a batch change something, and how; twins are reduced to the last revision.
select
    c.position,
    case
        when e.event_id is null then 'new'
        when e.retracted_at is null and c.retracted_at is not null
            and (c.digest is null or c.digest is not distinct from e.digest) then 'retract'
        else 'revise'
    end as action
from (
    select distinct on (event_id)
        position, event_id, revised_at, retracted_at, uuid_send(digest) as digest
    from incoming
    order by event_id, coalesce(revised_at, '-infinity') desc, position desc
) c
left join events e using (event_id)
where e.event_id is null
    or (
        coalesce(c.revised_at, '-infinity') >= coalesce(e.revised_at, '-infinity')
        and (
            (c.digest is not null and c.digest is distinct from e.digest)
            or (e.retracted_at is null) <> (c.retracted_at is null)
        )
    )
order by c.position;
