-- How many of a source's records in quarantine have one of some reasons. source_id, reasons
select count(*) from quarantine where source_id = %(source_id)s and reason = any(%(reasons)s);
