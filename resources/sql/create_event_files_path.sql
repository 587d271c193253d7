-- Files by path. No parameters.
create index concurrently event_files_path on daybook.event_files (left(path, 300));
