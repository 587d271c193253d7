"""What takes too long for the suite: a thousand kills, histories, rotated logs, and fuzzing.

``make soak`` runs them side by side for ``SOAK_MINUTES`` (30) and says in one line what came of
it. Where the time is over before the thousands are, it says how many were done. The exit code
is 1 after a failure, which is shown with the seed that begins it again.

The fuzzing is led by the branches that an input takes (Atheris, which is libFuzzer). It begins with
the suite's own samples and gives them, changed, to the targets of ``tests/support/fuzzing``: logs
in every format, format strings, packed and damaged files, what git and servers write, JSON. No
input may crash, take more than ten seconds or two gigabytes, lose a line without a trace, or be
read otherwise because a block ends elsewhere. What is found is kept in ``reports/fuzz``, and the
command is shown that runs it again; that takes no fuzzer. Atheris is laid into ``.venv/fuzz``, from
the ``requirements.txt`` here. There are builds for Linux on x86-64 alone; elsewhere the verdict
says that the fuzzing was left out.
"""
