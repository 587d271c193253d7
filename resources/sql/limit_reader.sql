-- What the reading role may do, and for how long. role, database (identifiers)
alter role {role} in database {database} set search_path = daybook, public;
alter role {role} in database {database} set default_transaction_read_only = on;
alter role {role} in database {database} set statement_timeout = '60s';
alter role {role} in database {database} set idle_in_transaction_session_timeout = '10min';
grant usage on schema daybook to {role};
grant select on all tables in schema daybook to {role};
alter default privileges in schema daybook grant select on tables to {role};
