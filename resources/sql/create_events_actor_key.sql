-- Actors by key. No parameters.
create index concurrently events_actor_key on daybook.events
(lower(left(actor_key, 200)), occurred_at);
