-- Make a login role unless it is there. role (identifier and literal), password (literal, hashed)
do $$ begin
    if not exists (select from pg_roles where rolname = {name}) then
        create role {role} login;
    end if;
end $$;
alter role {role} login noinherit connection limit 20 password {password};
