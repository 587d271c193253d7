-- Remember what a full pass met unchanged; what it wrote is known by its arrival. pass_id, source_id, wrote, arrival
insert into pass_seen (pass_id, event_id, source_id)
select %(pass_id)s, event_id, %(source_id)s
from incoming i
where not %(wrote)s or not exists (
    select from events e where e.event_id = i.event_id and e.arrival = %(arrival)s
)
group by event_id
order by event_id
on conflict do nothing;
