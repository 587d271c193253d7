-- Forget what passes of a source met, but for this pass and the full one under way. source_id, pass_id
delete from pass_seen p
where p.source_id = %(source_id)s
    and p.pass_id is distinct from %(pass_id)s
    and not exists (
        select from source_state s
        where s.source_id = %(source_id)s and s.pass_id = p.pass_id
    );
