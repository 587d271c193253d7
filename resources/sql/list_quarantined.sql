-- Where the records of a source's quarantine are, newest first. source_id
select locator from quarantine
where source_id = %(source_id)s
order by first_seen desc, locator;
