-- The last migration applied. No parameters.
select coalesce(max(version), 0) from daybook.schema_version;
