-- Say how much of some windows is held. source_id, windows, state, reason, moment
insert into coverage (source_id, "window", state, reason, checked_at)
select %(source_id)s, "window", %(state)s, %(reason)s, %(moment)s
from unnest(%(windows)s::text[]) "window"
order by "window"
on conflict (source_id, "window") do update set
    state = excluded.state,
    reason = excluded.reason,
    checked_at = excluded.checked_at;
