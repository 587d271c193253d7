-- Leave of a record in quarantine its place. source_id, locator_hash, locator, reason, raw, erased
update quarantine set
    locator = %(locator)s, reason = %(reason)s, raw = %(raw)s, erased = %(erased)s
where source_id = %(source_id)s and locator_hash = %(locator_hash)s;
