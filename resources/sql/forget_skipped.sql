-- Let go of the claims that earlier passes skipped: this one has made its own. source_id, pass_id, window or null
delete from skipped_claims
where source_id = %(source_id)s
    and pass_id <> %(pass_id)s
    and (%(window)s::text is null or "window" = %(window)s);
