-- Whether anything of a source is held, bad records included. source_id
select
    exists (select from events where source_id = %(source_id)s)
    or exists (select from quarantine where source_id = %(source_id)s);
