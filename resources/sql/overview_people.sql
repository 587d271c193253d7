-- The people behind most events; clients of a service are none. limit
select coalesce(max(actor), actor_key) as person, count(*) as events
from events
where retracted_at is null and actor_key is not null and kind <> 'http.request'
group by actor_key
order by events desc, person
limit %(limit)s;
