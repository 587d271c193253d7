-- What a source says is gone was there when it was last looked at whole.

alter table daybook.events add column retracted_after timestamptz;
comment on column daybook.events.retracted_after is
    'When it was last known to be there; it was withdrawn between then and retracted_at';
