-- Let a source be read from nothing again. source_id, pass_id, pass_arrival
update source_state set
    cursor = null,
    pass_id = %(pass_id)s,
    pass_arrival = %(pass_arrival)s,
    version = version + 1,
    updated_at = clock_timestamp()
where source_id = %(source_id)s;
