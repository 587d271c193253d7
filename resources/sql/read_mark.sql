-- The lake's mark on one window. source_id, window
select mark from dirty_windows
where consumer = 'lake' and source_id = %(source_id)s and "window" = %(window)s;
