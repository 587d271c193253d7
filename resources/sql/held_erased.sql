-- Which of some events are stored blank, and under whose name. event_ids, pseudonyms
select event_id, actor_key from events
where event_id = any(%(event_ids)s::uuid[]) and actor_key = any(%(pseudonyms)s);
