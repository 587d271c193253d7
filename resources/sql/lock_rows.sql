-- Let one transaction at a time write the rows of a source. key
select pg_advisory_xact_lock(%(key)s);
