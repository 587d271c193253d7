-- Who holds an advisory lock of this database. key
select a.application_name, l.pid, to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')
from pg_locks l
left join pg_stat_activity a using (pid)
where l.locktype = 'advisory'
    and l.granted
    and l.objsubid = 1
    and l.database = (select oid from pg_database where datname = current_database())
    and ((l.classid::bigint << 32) | l.objid::bigint) = %(key)s
order by a.backend_start
limit 1;
