"""Perceval: ``fetch`` of its git backend, from the date of the last of so many commits on."""

import json
import subprocess
import sys
from datetime import datetime

from perceval.backends.core.git import Git

path, newest = sys.argv[1], int(sys.argv[2])
asked = ["git", "-C", path, "log", "-1", f"--skip={newest - 1}", "--format=%cI", "HEAD"]
date = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
since = datetime.fromisoformat(date) if date else None
commits = files = 0
for item in Git(path, path).fetch(from_date=since, no_update=True):
    commits += 1
    files += len(item["data"]["files"])
print(json.dumps({"commits": commits, "files": files}))
