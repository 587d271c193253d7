-- Full text, of all kinds but HTTP requests. No parameters.
create index concurrently events_search on daybook.events
using gin (search_vector(title, body, subject, actor, scope, refs))
where kind <> 'http.request';
