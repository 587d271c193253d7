-- What is held in all.
select
    count(*) as events,
    count(*) filter (where kind in ('git.commit', 'github.commit')) as commits,
    count(*) filter (where kind in ('slack.message', 'slack.reply')) as messages,
    count(*) filter (where kind = 'http.request') as requests,
    count(distinct actor_key) filter (where kind <> 'http.request') as people,
    count(distinct actor_key) filter (where kind = 'http.request') as clients,
    count(distinct session_id) as sessions,
    min(occurred_at) as first,
    max(occurred_at) as last,
    (select count(*) from quarantine) as quarantined
from events
where retracted_at is null;
