-- Remember the records a full pass met but could not read. pass_id, source_id, event_ids
insert into pass_seen (pass_id, event_id, source_id)
select distinct %(pass_id)s::uuid, given, %(source_id)s
from unnest(%(event_ids)s::uuid[]) given
on conflict do nothing;
