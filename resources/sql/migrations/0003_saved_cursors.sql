create table daybook.saved_cursors (
    source_id text primary key,
    cursor text not null,
    saved_at timestamptz not null default now()
);

comment on table daybook.saved_cursors is
    'Where sources leave off that a script reads through the factory; no sync looks at it.';
