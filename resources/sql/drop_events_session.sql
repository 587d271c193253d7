-- Drop events_session, left half made. No parameters.
drop index concurrently if exists daybook.events_session;
