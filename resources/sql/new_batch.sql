-- The moment and the number of a write. No parameters.
select clock_timestamp(), nextval('arrivals');
