-- The claims of a source that were not believed, oldest first. source_id
select source_id, "window", words, skipped_at
from skipped_claims
where source_id = %(source_id)s
order by claim;
