-- Which database this is. No parameters.
select incarnation from store;
