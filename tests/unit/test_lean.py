"""The command makes its tables without pandas; whoever wants pandas still has it."""

import platform
import subprocess
import sys

SPARED = """
import sys
from pipelines.lean import spare_pandas
spare_pandas()
import pyarrow as pa
table = pa.table({"a": pa.array(["x", None])})
assert "pandas" not in sys.modules
"""
USED = """
import pandas as pd
frame = pd.DataFrame({"a": [1.5, None], "b": pd.Categorical(["x", "y"]), "c": ["z", None]})
frame["d"] = pd.to_datetime(["2024-03-01", None], utc=True)
"""
CONVERTED = (
    "converted = pa.Table.from_pandas(frame)\nprint(converted.schema, converted.to_pylist())\n"
)


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=120
    )
    return done.stdout


def test_the_command_does_not_import_pandas() -> None:
    run(SPARED)


def test_nor_does_loading_what_a_sync_needs() -> None:
    run("import sys, pipelines.cli.sync\nassert 'pandas' not in sys.modules")


def test_a_table_becomes_a_frame_all_the_same() -> None:
    assert run(f"{SPARED}print(table.to_pandas().shape)") == "(2, 1)\n"


def test_frames_become_the_same_tables_as_ever() -> None:
    plain = f"import pyarrow as pa\n{USED}{CONVERTED}"
    assert run(f"{SPARED}{USED}{CONVERTED}") == run(plain)


def test_pandas_that_is_there_already_stays() -> None:
    script = f"{USED}from pipelines.lean import spare_pandas\nspare_pandas()\n"
    assert run(f"{script}import sys\nprint(sys.modules['pandas'] is pd)") == "True\n"


def test_the_command_takes_memory_from_the_c_library() -> None:
    script = "from pipelines.lean import use_system_memory\nuse_system_memory()\n"
    assert run(f"{script}import pyarrow as pa\nprint(pa.default_memory_pool().backend_name)") == (
        "system\n"
    )


def test_threads_of_the_command_share_two_heaps() -> None:
    """``malloc_info`` of the GNU C library has an element ``heap`` for each; others have none."""
    script = """
import ctypes, threading
from pipelines.lean import use_system_memory
use_system_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
met = threading.Barrier(8)
def take():
    met.wait()
    libc.malloc(1000)
    met.wait()
threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
if hasattr(libc, "malloc_info"):
    stream = ctypes.c_void_p.in_dll(libc, "stdout")
    libc.malloc_info(0, stream)
    libc.fflush(stream)
"""
    assert run(script).count("<heap ") == (2 if platform.libc_ver()[0] == "glibc" else 0)
