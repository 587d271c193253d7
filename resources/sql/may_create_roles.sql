-- Who is logged in, and whether that role may make others. No parameters.
select rolname, rolsuper, rolsuper or rolcreaterole from pg_roles where rolname = current_user;
