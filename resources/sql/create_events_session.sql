-- Sessions, by the beginning of their id: a btree entry holds 2,704 bytes. No parameters.
create index concurrently events_session on daybook.events (left(session_id, 200), occurred_at);
