-- Misspelt titles and actors. No parameters.
create index concurrently events_fuzzy on daybook.events
using gin (fuzzy_text(title, actor) gin_trgm_ops)
where kind <> 'http.request';
