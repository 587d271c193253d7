-- A source's progress row. source_id
select
    epoch, cursor::text, pass_id, pass_arrival, pass_purges, fingerprint, configured_at, version,
    updated_at
from source_state
where source_id = %(source_id)s;
