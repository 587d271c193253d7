-- This database is another one now: progress that others remember no longer fits. No parameters.
update store set incarnation = gen_random_uuid(), made_at = now();
