-- Drop the files of the events whose record changed; the new ones follow. No parameters.
delete from event_files f using staged s where f.event_id = s.event_id;
