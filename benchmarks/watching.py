"""Runs a program and watches the memory of its whole process tree; the processor time and memory of a process."""

import os
import resource
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

_INTERVAL = 1.0


def watched(command: Sequence[str]) -> tuple[str, int]:
    """Standard output of the program, and the largest sum of resident bytes of it and its descendants.

    Sampled every second from /proc (Linux; elsewhere 0): looking more often slows what is measured. A page that
    processes share counts once, in equal parts. Raises CalledProcessError when the program fails.
    """
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        told: list[str] = []
        assert process.stdout is not None
        reader = threading.Thread(target=lambda out: told.append(out.read()), args=(process.stdout,))
        reader.start()
        while process.poll() is None:
            peak = max(peak, sum(map(_resident, _tree(process.pid))))
            time.sleep(_INTERVAL)
        reader.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return told[0], peak


def cpu_seconds(process: int) -> float:
    """Processor time that a running process has used so far, its threads and the system on its behalf (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spent(cpu: float, wall: float) -> dict[str, float]:
    """`cpu_s` and `wall_s` since those readings of `process_time` and `perf_counter`; `peak_mb` of this process."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    return {name: round(value, 2) for name, value in told.items()} | {"peak_mb": round(peak)}


def forget_peak() -> None:
    """From now on `spent` tells the peak memory since now (Linux; elsewhere still that since the start)."""
    if (mark := Path("/proc/self/clear_refs")).exists():
        mark.write_text("5")


def _tree(process: int) -> Iterator[int]:
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            below = children.read_text().split()
        except OSError:  # the thread or process ended between two looks
            continue
        for child in below:
            yield from _tree(int(child))


def _resident(process: int) -> int:
    try:
        told = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    sizes = (line.split() for line in told.splitlines() if line.startswith("Pss:"))
    return sum(int(kib) * 1024 for _, kib, *_ in sizes)
