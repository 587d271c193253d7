"""What runs, when, and what comes of it: assets, sensors, schedules, checks, the command."""
