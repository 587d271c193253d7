-- The server's version in words, and the schema's as a number.
select current_setting('server_version'), (select max(version) from schema_version);
