-- Say when all was blank; null: it no longer is known to be. pseudonym, source_id or null, moment
update erasures set finished_at = %(moment)s
where pseudonym = %(pseudonym)s and source_id is not distinct from %(source_id)s;
