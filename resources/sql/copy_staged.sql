-- Take in the rows of a batch that change what is held.
copy staged (
    event_id, source_id, source_type, kind, occurred_at, utc_offset_minutes, session_id, actor,
    actor_key, subject, scope, title, body, url, outcome, duration_ms, additions, deletions,
    files_changed, refs, attributes, revised_at, retracted_at, digest, files_known
) from stdin with (format binary);
