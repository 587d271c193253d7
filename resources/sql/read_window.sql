-- One window's live rows for the lake. source_id, window
select * from event_rows
where source_id = %(source_id)s and "window" = %(window)s and retracted_at is null
order by occurred_at, event_id;
