-- One window's traffic, in the order of TRAFFIC_SCHEMA. source_id, window
select * from api_traffic
where source_id = %(source_id)s and "window" = %(window)s
order by minute, host collate "C", route collate "C", method collate "C", status_class collate "C";
