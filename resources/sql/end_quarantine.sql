-- Records that are events by now leave quarantine. source_ids
delete from quarantine q using incoming i
where q.source_id = any(%(source_ids)s) and q.event_id = i.event_id;
