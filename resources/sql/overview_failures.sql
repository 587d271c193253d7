-- The routes of which the server failed most requests. limit
select concat_ws(' ', method, route) as name, sum(errors)::bigint as failures
from api_traffic
where errors > 0
group by method, route
order by failures desc, name
limit %(limit)s;
