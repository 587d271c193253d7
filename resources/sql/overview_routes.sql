-- The routes with most requests. limit
select concat_ws(' ', method, route) as name, sum(requests)::bigint as requests
from api_traffic
group by method, route
order by requests desc, name
limit %(limit)s;
