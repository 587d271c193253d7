-- Let records be kept with their text again, where they are read again. No parameters.
update quarantine q set erased = null
where erased is not null and not exists (
    select from erasures e
    where e.pseudonym = q.erased and (e.source_id is null or e.source_id = q.source_id)
);
