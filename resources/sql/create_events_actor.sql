-- Actors by name. No parameters.
create index concurrently events_actor on daybook.events (lower(left(actor, 200)), occurred_at);
