-- Drop event_files_path, left half made. No parameters.
drop index concurrently if exists daybook.event_files_path;
