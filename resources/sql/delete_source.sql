-- Delete everything held of a source; give the windows its live events had, and how many events. source_id
with files as (
    delete from event_files
    where event_id in (select event_id from events where source_id = %(source_id)s)
),
gone as (
    delete from events where source_id = %(source_id)s
    returning "window"
),
revisions as (delete from event_revisions where source_id = %(source_id)s),
quarantined as (delete from quarantine where source_id = %(source_id)s),
progress as (delete from source_state where source_id = %(source_id)s),
covered as (delete from coverage where source_id = %(source_id)s),
doubted as (delete from skipped_claims where source_id = %(source_id)s),
met as (delete from pass_seen where source_id = %(source_id)s),
counted as (delete from api_traffic where source_id = %(source_id)s),
announced as (
    delete from dirty_windows where source_id = %(source_id)s and consumer = 'announce'
),
known as (delete from sources where source_id = %(source_id)s)
select %(source_id)s, "window", null, count(*) from gone group by 2;
