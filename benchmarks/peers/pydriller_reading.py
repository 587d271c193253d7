"""PyDriller: ``traverse_commits`` and the lines of each modified file, newest first."""

import json
import sys
from itertools import islice

import pydriller

path, newest = sys.argv[1], int(sys.argv[2])
commits = files = lines = 0
walk = pydriller.Repository(path, order="reverse").traverse_commits()
for commit in islice(walk, newest):
    commits += 1
    for file in commit.modified_files:
        files += 1
        lines += file.added_lines + file.deleted_lines
print(json.dumps({"commits": commits, "files": files}))
