-- Store the files of events not held before.
copy event_files (event_id, position, path, old_path, change, additions, deletions)
from stdin with (format binary);
