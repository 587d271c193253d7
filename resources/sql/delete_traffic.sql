-- Forget one window's traffic. source_id, window
delete from api_traffic where source_id = %(source_id)s and "window" = %(window)s;
