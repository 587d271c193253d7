-- Remember somebody no longer. pseudonym, source_id or null
delete from erasures
where pseudonym = %(pseudonym)s and source_id is not distinct from %(source_id)s;
