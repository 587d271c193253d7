-- Note that a migration was applied. version, name
insert into daybook.schema_version (version, name) values (%(version)s, %(name)s);
