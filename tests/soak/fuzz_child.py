"""One target under the fuzzer, or once: ``python -m tests.soak.fuzz_child logs FILE``.

With a file, the target is run with it, and no fuzzer is needed. Else what follows the target's name
goes to Atheris, which is libFuzzer: the parent sets the bounds by its options.
"""

import sys
from pathlib import Path
from typing import Final

_AGAIN: Final = 3


def main(arguments: list[str]) -> None:
    """Run what the arguments say; a broken promise raises."""
    _, name, *rest = arguments
    if len(arguments) == _AGAIN and Path(rest[0]).is_file():
        _again(name, Path(rest[0]))
    else:
        _fuzz(name, rest)


def _again(name: str, file: Path) -> None:
    from tests.support.fuzzing import TARGETS  # noqa: PLC0415 -- the fuzzer has to come first

    TARGETS[name].check(file.read_bytes())
    sys.stdout.write(f"{name}: holds with {file}\n")


def _fuzz(name: str, options: list[str]) -> None:
    import atheris  # noqa: PLC0415 -- is not always there

    with atheris.instrument_imports(include=["sources"]):
        from tests.support.fuzzing import TARGETS  # noqa: PLC0415 -- its branches are counted

    atheris.Setup([name, *options], TARGETS[name].check, enable_python_coverage=True)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
