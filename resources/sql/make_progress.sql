-- Write a source's first progress row, if it has none. source_id, epoch, cursor, pass_id, pass_arrival, pass_purges, fingerprint, configured_at
insert into source_state (
    source_id, epoch, cursor, pass_id, pass_arrival, pass_purges, fingerprint, configured_at,
    version, updated_at
)
values (
    %(source_id)s, %(epoch)s, %(cursor)s, %(pass_id)s, %(pass_arrival)s, %(pass_purges)s,
    %(fingerprint)s, %(configured_at)s, 1, clock_timestamp()
)
on conflict do nothing;
