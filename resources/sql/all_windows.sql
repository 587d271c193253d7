-- Every window that holds events. No parameters.
select source_id, null as "left", "window" as entered, count(*) from events group by 1, 3;
