"""Root's first start on a machine: the user that PostgreSQL runs as is made there and then."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from resources.embedded.account import SYSTEM_USER

_STARTS = 8

# In a mount namespace of its own, so that this machine's users stay as they are.
_MACHINE = """
set -e
mount --bind "$1" /etc
for list in passwd group shadow gshadow; do sed -i "/^$2:/d" "/etc/$list"; done
shift 2
for start; do "$start" -c "$ASKING" & done
wait
"""
_ASKING = """
import os
from pathlib import Path
from resources.embedded.account import find_account
os.write(1, f"{find_account(Path('/nowhere')).uid}\\n".encode())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes users")
def test_starts_at_once_make_one_user(tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    subprocess.run(["cp", "--archive", "/etc", etc], check=True)
    command = ["unshare", "--mount", "sh", "-c", _MACHINE, "sh", str(etc), SYSTEM_USER]
    answer = subprocess.run(
        [*command, *[sys.executable] * _STARTS],
        env={**os.environ, "ASKING": _ASKING},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout.split()
    made = [
        line.split(":")[2]
        for line in (etc / "passwd").read_text().splitlines()
        if line.startswith(f"{SYSTEM_USER}:")
    ]
    assert len(made) == 1
    assert answer == made * _STARTS
