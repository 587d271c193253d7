-- Remember somebody, unless it is known. pseudonym, source_id, salt, key_hash, erased_at, finished_at
insert into erasures (pseudonym, source_id, salt, key_hash, erased_at, finished_at)
values (
    %(pseudonym)s, %(source_id)s, %(salt)s, %(key_hash)s, %(erased_at)s, %(finished_at)s
)
on conflict do nothing;
