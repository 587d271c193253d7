-- The moment and the number of a write, and whether anybody is erased. No parameters.
-- The lock makes whoever erases wait for this write, and this write for him: it sees what he notes.
lock table erasures in row share mode;
select clock_timestamp(), nextval('arrivals'), exists (select from erasures);
