-- The store's indexes that are not: being made now, or left half made. No parameters.
select c.relname
from pg_index i
join pg_class c on c.oid = i.indexrelid
where c.relnamespace = 'daybook'::regnamespace and not i.indisvalid;
