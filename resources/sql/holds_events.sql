-- Whether the store holds anything. No parameters.
select exists (select from events) or exists (select from sources);
