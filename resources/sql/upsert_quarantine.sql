-- Keep a record that could not become an event; one whose text was erased stays without. source_id, locator, place (the locator as given), reason, raw, event_id, occurred_at, moment, erased
insert into quarantine (
    source_id, locator, locator_hash, reason, raw, event_id, occurred_at, first_seen, last_seen,
    attempts, erased
)
values (
    %(source_id)s, %(locator)s, sha256(convert_to(%(place)s, 'UTF8')), %(reason)s, %(raw)s,
    %(event_id)s, %(occurred_at)s, %(moment)s, %(moment)s, 1, %(erased)s
)
on conflict (source_id, locator_hash) do update set
    locator = case when excluded.erased is null then quarantine.locator else excluded.locator end,
    reason = case when quarantine.erased is null then excluded.reason else quarantine.reason end,
    raw = case when quarantine.erased is null then excluded.raw else quarantine.raw end,
    event_id = excluded.event_id,
    occurred_at = excluded.occurred_at,
    last_seen = excluded.last_seen,
    attempts = quarantine.attempts + 1,
    erased = coalesce(quarantine.erased, excluded.erased);
