-- How the windows of some sources are cut. source_ids
select source_id, grain, start from sources where source_id = any(%(source_ids)s);
