-- Make a source known, unless it is. source_id, source_type, grain, start
insert into sources (source_id, source_type, grain, start)
values (%(source_id)s, %(source_type)s, %(grain)s, %(start)s)
on conflict do nothing;
