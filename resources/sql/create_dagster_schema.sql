-- Make the schema for Dagster's own tables, in an external database.
create schema if not exists dagster;
