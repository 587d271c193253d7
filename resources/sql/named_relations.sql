-- Tables and views that a person's text reads from, in the order it names them. text
select relname
from pg_class
where relnamespace = 'daybook'::regnamespace
    and relkind in ('r', 'v')
    and %(text)s ~* ('(\mfrom|\mjoin|,)\s+(daybook\.)?"?' || relname || '\M(?!\s*\()')
order by strpos(lower(%(text)s), relname), relname;
