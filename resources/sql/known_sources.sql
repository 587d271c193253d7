-- All sources, or one. source_id or null
select source_id from sources
where %(source_id)s::text is null or source_id = %(source_id)s
order by source_id;
