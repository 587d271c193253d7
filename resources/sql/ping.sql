-- Whether the connection still answers. No parameters.
select 1;
