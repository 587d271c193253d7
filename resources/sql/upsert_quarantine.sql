-- Keep a record that could not become an event. source_id, locator, reason, raw, event_id, occurred_at, moment
insert into quarantine (
    source_id, locator, locator_hash, reason, raw, event_id, occurred_at, first_seen, last_seen,
    attempts
)
values (
    %(source_id)s, %(locator)s, sha256(convert_to(%(locator)s, 'UTF8')), %(reason)s, %(raw)s,
    %(event_id)s, %(occurred_at)s, %(moment)s, %(moment)s, 1
)
on conflict (source_id, locator_hash) do update set
    reason = excluded.reason,
    raw = excluded.raw,
    event_id = excluded.event_id,
    occurred_at = excluded.occurred_at,
    last_seen = excluded.last_seen,
    attempts = quarantine.attempts + 1;
