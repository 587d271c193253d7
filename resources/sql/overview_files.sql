-- The files that most events changed. limit
select path, count(*) as events
from file_changes
group by path
order by events desc, path
limit %(limit)s;
