-- Leave of earlier contents what counts need. numbers, session_ids, subjects, scopes, digests (in step), pseudonym, title
update event_revisions r set
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
    files = null
from unnest(
    %(numbers)s::bigint[], %(session_ids)s::text[], %(subjects)s::text[], %(scopes)s::text[],
    %(digests)s::text[]
) b (number, session_id, subject, scope, digest)
where r.revision = b.number;
