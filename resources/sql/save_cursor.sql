-- Keep where a source leaves off that is read without the store. source_id, cursor
insert into saved_cursors (source_id, cursor)
values (%(source_id)s, %(cursor)s)
on conflict (source_id) do update set
    cursor = excluded.cursor,
    saved_at = now();
