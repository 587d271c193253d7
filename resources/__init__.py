"""Where events are kept, and how Dagster reaches them."""
