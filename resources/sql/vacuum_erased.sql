-- Clear what updates left behind, and what the planner remembers of values. No parameters.
vacuum (analyze) events, event_files, event_revisions, quarantine, api_traffic;
