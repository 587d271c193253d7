-- Give a session's lock back. key
select pg_advisory_unlock(%(key)s);
