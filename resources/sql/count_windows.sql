-- Live events of each window that has any. source_id
select "window", count(*)
from events
where source_id = %(source_id)s and retracted_at is null
group by 1
order by 1;
