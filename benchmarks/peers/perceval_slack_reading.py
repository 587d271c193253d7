"""Perceval: ``fetch`` of its Slack backend, one channel after the other.

As ``perceval_slack_reading.py URL SECRET CHANNELS [SIZE]``. It asks for pages by an argument that
Slack knows no more, and so gets a hundred messages each; with SIZE by the one that Slack knows.
"""

import json
import sys

from perceval.backends.core.slack import Slack, SlackClient

url, secret, channels, *size = sys.argv[1:]
SlackClient.URL = f"{url}/%(resource)s"
if size:
    SlackClient.PCOUNT = "limit"
told = 0
for channel in channels.split(","):
    backend = Slack(channel, secret, max_items=int(size[0]) if size else 1000)
    told += sum(1 for _ in backend.fetch())
print(json.dumps({"events": told, "shown": told}))
