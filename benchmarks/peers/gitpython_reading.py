"""GitPython: ``iter_commits`` and each commit's ``stats``, newest first."""

import json
import sys

import git

path, newest = sys.argv[1], int(sys.argv[2])
commits = files = 0
for commit in git.Repo(path).iter_commits("HEAD", max_count=newest):
    commits += 1
    files += len(commit.stats.files)
print(json.dumps({"commits": commits, "files": files}))
