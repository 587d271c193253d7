"""What was said in a workspace of Slack, read through its Web API."""
