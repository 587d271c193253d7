-- Count what the planner goes by, once the rows are there. No parameters.
analyze events, event_files;
