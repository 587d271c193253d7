-- Make room for a backup to be restored. No parameters.
drop schema daybook cascade;
