-- Leave of events what counts need; count them by window. numbers (event ids), session_ids, subjects, scopes, digests (in step), pseudonym, title
with files as (delete from event_files where event_id = any(%(numbers)s::uuid[])),
erased as (
    update events e set
        session_id = b.session_id,
        actor = null,
        actor_key = %(pseudonym)s,
        subject = b.subject,
        scope = b.scope,
        title = %(title)s,
        body = null,
        url = null,
        refs = '{}',
        attributes = '{}',
        digest = decode(b.digest, 'hex'),
        files_known = false
    from unnest(
        %(numbers)s::uuid[], %(session_ids)s::text[], %(subjects)s::text[], %(scopes)s::text[],
        %(digests)s::text[]
    ) b (number, session_id, subject, scope, digest)
    where e.event_id = b.number
    returning e.source_id, e."window"
)
select source_id, null, "window", count(*) from erased group by 1, 3;
