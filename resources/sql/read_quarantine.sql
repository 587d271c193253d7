-- Records in quarantine, newest first. source_id or null, asides (reasons left out), limit
select source_id, locator, reason, raw, first_seen, attempts
from quarantine
where (%(source_id)s::text is null or source_id = %(source_id)s) and reason <> all(%(asides)s::text[])
order by first_seen desc, source_id, locator
limit %(limit)s;
