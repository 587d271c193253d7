-- Take a lock for the session if it is free. key
select pg_try_advisory_lock(%(key)s);
