-- Drop events_search, left half made. No parameters.
drop index concurrently if exists daybook.events_search;
