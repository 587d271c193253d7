-- Let no write begin, and wait for those that have: they did not know yet. No parameters.
lock table erasures in exclusive mode;
