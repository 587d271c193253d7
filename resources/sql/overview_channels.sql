-- The channels in which most was said, by their newest names. limit
select (array_agg(channel order by occurred_at desc, event_id))[1] as name, count(*) as messages
from messages
where channel is not null
group by source_id, channel_id
order by messages desc, name
limit %(limit)s;
