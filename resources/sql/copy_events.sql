-- Store events not held before, straight into their table.
copy events (
    event_id, source_id, source_type, kind, occurred_at, utc_offset_minutes, session_id, actor,
    actor_key, subject, scope, title, body, url, outcome, duration_ms, additions, deletions,
    files_changed, refs, attributes, revised_at, retracted_at, digest, observed_at, "window",
    files_known, arrival
) from stdin with (format binary);
