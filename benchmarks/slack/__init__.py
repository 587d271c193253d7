"""A workspace of Slack: Daybook beside Perceval, asking the same server on this machine."""
