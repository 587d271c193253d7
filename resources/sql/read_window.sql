-- One window's live rows for the lake, each as one text: a row's literal. source_id, window
select row(
    event_id, source_id, source_type, kind, occurred_at, utc_offset_minutes, session_id, actor,
    actor_key, subject, scope, title, body, url, outcome, duration_ms, additions, deletions,
    files_changed, files, to_json(refs), attributes, revised_at, retracted_at,
    encode(digest, 'hex'), observed_at, "window"
)::text
from event_rows
where source_id = %(source_id)s and "window" = %(window)s and retracted_at is null
order by occurred_at, event_id;
