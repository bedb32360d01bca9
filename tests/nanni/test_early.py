"""What is imported early is there, and only what a batch needs."""

import subprocess
import sys

PROGRAM = """
import sys, threading
from nanni.early import SLOW, import_early
import_early()
(early,) = [thread for thread in threading.enumerate() if thread.name == "nanni-early-imports"]
early.join()
print(all(name in sys.modules for name in SLOW), "torch" in sys.modules)
"""


def test_the_slow_libraries_are_imported_beside_other_work_and_torch_is_not() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
