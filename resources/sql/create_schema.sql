-- Make the schema, unless an administrator has. No parameters.
do $$ begin
    if to_regnamespace('daybook') is null then
        create schema daybook;
    end if;
end $$;
