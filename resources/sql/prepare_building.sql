-- Give index building room and time. No parameters.
set maintenance_work_mem = '256MB';
