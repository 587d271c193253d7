-- Who is erased, in the order of asking. No parameters.
select pseudonym, source_id, salt, key_hash, erased_at, finished_at
from erasures
order by erased_at, pseudonym, source_id nulls first;
