-- Records in quarantine, those that came first before others. source_id or null, asides (reasons left out), limit
select source_id, locator, reason, raw, first_seen, attempts
from quarantine
where (%(source_id)s::text is null or source_id = %(source_id)s) and reason <> all(%(asides)s::text[])
order by first_seen, length(locator), locator, source_id
limit %(limit)s;
