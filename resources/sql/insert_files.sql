-- Store the files of the events just written. No parameters.
insert into event_files (event_id, position, path, old_path, change, additions, deletions)
select event_id, position, path, old_path, change, additions, deletions
from staged_files
order by event_id, position;
