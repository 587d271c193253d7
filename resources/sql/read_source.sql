-- How a source's windows are cut. source_id
select source_type, grain, start from sources where source_id = %(source_id)s;
