-- Move a source's progress, if nobody else has. As make_progress, and version
update source_state set
    epoch = %(epoch)s,
    cursor = %(cursor)s,
    pass_id = %(pass_id)s,
    pass_arrival = %(pass_arrival)s,
    pass_purges = %(pass_purges)s,
    fingerprint = %(fingerprint)s,
    configured_at = greatest(configured_at, %(configured_at)s),
    version = version + 1,
    updated_at = clock_timestamp()
where source_id = %(source_id)s and version = %(version)s;
