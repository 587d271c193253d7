"""Perceval: ``fetch`` of its GitHub backend, issues and pull requests, without users' records."""

import json
import sys
from urllib.parse import urlsplit

from perceval.backends.core.github import CATEGORY_ISSUE, CATEGORY_PULL_REQUEST, GitHub

url, name, secret = sys.argv[1:]
parts, (owner, _, repository) = urlsplit(url), name.partition("/")
backend = GitHub(
    owner=owner,
    repository=repository,
    api_token=[secret],
    base_url=f"{parts.scheme}://{parts.netloc}",
)
told = {"opened": 0, "comments": 0, "reviews": 0, "review_comments": 0}
for item in backend.fetch(category=CATEGORY_ISSUE, filter_classified=True):
    told["opened"] += 1
    told["comments"] += len(item["data"]["comments_data"])
for item in backend.fetch(category=CATEGORY_PULL_REQUEST, filter_classified=True):
    told["reviews"] += len(item["data"]["reviews_data"])
    told["review_comments"] += len(item["data"]["review_comments_data"])
print(json.dumps({"events": sum(told.values()), **told}))
