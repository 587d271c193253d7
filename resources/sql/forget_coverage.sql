-- Forget what is known of a source's windows. source_id
delete from coverage where source_id = %(source_id)s;
