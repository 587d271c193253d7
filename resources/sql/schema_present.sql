-- Whether any migration was ever applied. No parameters.
select to_regclass('daybook.schema_version') is not null;
