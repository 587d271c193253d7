-- Cut a source's windows anew. source_id, source_type, grain, start
update sources set source_type = %(source_type)s, grain = %(grain)s, start = %(start)s
where source_id = %(source_id)s;
