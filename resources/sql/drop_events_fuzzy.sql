-- Drop events_fuzzy, left half made. No parameters.
drop index concurrently if exists daybook.events_fuzzy;
