-- Forget what passes of a source met, but for one. source_id, pass_id
delete from pass_seen
where source_id = %(source_id)s and pass_id is distinct from %(pass_id)s;
