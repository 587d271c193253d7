-- Let a source be read from nothing again. source_id, pass_id, pass_arrival, configured_at
update source_state set
    cursor = null,
    pass_id = %(pass_id)s,
    pass_arrival = %(pass_arrival)s,
    configured_at = greatest(configured_at, %(configured_at)s),
    version = version + 1,
    updated_at = clock_timestamp()
where source_id = %(source_id)s;
