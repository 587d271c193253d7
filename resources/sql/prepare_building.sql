-- Give index building room and time, whatever a statement is allowed else. No parameters.
set maintenance_work_mem = '256MB'; set statement_timeout = 0; set lock_timeout = '15min';
