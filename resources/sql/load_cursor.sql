-- Where a source leaves off that is read without the store. source_id
select cursor
from saved_cursors
where source_id = %(source_id)s;
