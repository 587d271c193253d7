-- Whether pg_trgm is installed here. No parameters.
select exists (select from pg_extension where extname = 'pg_trgm');
