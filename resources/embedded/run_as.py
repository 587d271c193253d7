"""A program as another user, in a directory that this user could not walk to. Linux, as root.

A child of its own, not arguments of ``subprocess``: those fork, and in a process with threads and
gRPC in it the forked half may never get as far as the program. Nothing is imported but what
Python itself brings, so that it starts in a moment and alone: ``python -I -S run_as.py UID GID
DIRECTORY PROGRAM ARGUMENT...``.
"""

import os
import sys

DIRECTORY_FD = 9
DIRECTORY = f"/proc/self/fd/{DIRECTORY_FD}"
"""The directory, as the program and all that it starts may name it: this name leads straight
there, whether or not the directories above are closed to the user."""

CANNOT = 126
"""The exit code when the program cannot be run, as of a shell."""


def main(arguments: list[str]) -> int:
    """Become the user and the program; comes back only if that fails, with the exit code."""
    uid, gid, directory, *command = arguments
    try:
        opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        os.dup2(opened, DIRECTORY_FD, inheritable=True)
        if opened != DIRECTORY_FD:
            os.close(opened)
        os.fchdir(DIRECTORY_FD)
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
        os.execv(command[0], command)  # noqa: S606 - that is what it is for
    except OSError as error:
        sys.stderr.write(f"FATAL: {command[0]} cannot be run as user {uid}: {error}\n")
    return CANNOT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
