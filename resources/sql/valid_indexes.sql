-- The store's indexes that are complete. No parameters.
select c.relname
from pg_index i
join pg_class c on c.oid = i.indexrelid
where c.relnamespace = 'daybook'::regnamespace and i.indisvalid;
