-- Make the list of migrations applied. No parameters.
create table if not exists daybook.schema_version (
    version integer primary key,
    name text not null,
    applied_at timestamptz not null default now()
);
comment on table daybook.schema_version is 'The migrations applied';
