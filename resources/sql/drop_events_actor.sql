-- Drop events_actor, left half made. No parameters.
drop index concurrently if exists daybook.events_actor;
