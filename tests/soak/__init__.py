"""What takes too long for the suite: a thousand kills, histories and rotated logs, at random.

``make soak`` runs them side by side for ``SOAK_MINUTES`` (30) and says in one line what came of
it. Where the time is over before the thousands are, it says how many were done. The exit code
is 1 after a failure, which is shown with the seed that begins it again.
"""
