-- The people behind most events. limit
select coalesce(max(actor), actor_key) as person, count(*) as events
from events
where retracted_at is null and actor_key is not null
group by actor_key
order by events desc, person
limit %(limit)s;
