-- Actors by name; most requests have none. No parameters.
create index concurrently events_actor on daybook.events (lower(left(actor, 200)), occurred_at)
where actor is not null;
