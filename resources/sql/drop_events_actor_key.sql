-- Drop events_actor_key, left half made. No parameters.
drop index concurrently if exists daybook.events_actor_key;
