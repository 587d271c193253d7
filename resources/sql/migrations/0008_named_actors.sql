-- The index of actors' names leaves out events without one; the next sync makes it anew.

drop index if exists daybook.events_actor;
