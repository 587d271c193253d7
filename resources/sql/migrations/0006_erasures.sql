-- Whose text is kept out. Only hashes of keys, which nobody but the owner of the table may read:
-- the reading role sees no row, as there is no policy that lets it.

create table daybook.erasures (
    pseudonym text not null,
    source_id text,
    salt bytea not null,
    key_hash bytea not null,
    erased_at timestamptz not null,
    finished_at timestamptz
);

create unique index erasures_key
on daybook.erasures (salt, key_hash, (coalesce(source_id, '')));

alter table daybook.erasures enable row level security;

alter table daybook.quarantine add column erased text;

-- Whether a row is of the person with a key; the same as in resources/stores/erasing/known.py.
create function daybook.is_written_by(
    actor text, actor_key text, attributes jsonb, key text
) returns boolean language sql immutable parallel safe as $$
    select coalesce(coalesce(actor_key, actor) = key, false)
        or coalesce(lower(attributes ->> 'author_email') = key, false)
$$;

comment on table daybook.erasures is
    'Whose text is kept out, by hashes of keys; empty for the reading role';
comment on column daybook.quarantine.erased is
    'The pseudonym of whom it named: its text is erased, and stays so when it is read again';
