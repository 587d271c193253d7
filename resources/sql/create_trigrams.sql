-- Install pg_trgm in the store's own schema. No parameters.
create extension if not exists pg_trgm with schema daybook;
