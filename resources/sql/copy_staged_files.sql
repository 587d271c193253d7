-- Take in the files of those rows.
copy staged_files (event_id, position, path, old_path, change, additions, deletions) from stdin;
