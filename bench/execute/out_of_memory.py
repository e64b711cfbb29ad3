"""Detects failures for lack of memory, by evidence only. A killed process alone is not evidence."""

from collections.abc import Iterable
from pathlib import Path

from bench.execute.executor import Outcome

COUNTER_FILES = (Path("/proc/vmstat"), Path("/sys/fs/cgroup/memory.events"))
"""The files in which Linux counts processes killed for memory: of the machine, and of this process's cgroup."""


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether an exception reports a lack of memory: Python's ``MemoryError``, TensorFlow's ResourceExhausted."""
    # TensorFlow's errors do not survive pickling: they arrive as a RuntimeError that begins with their name.
    return isinstance(error, MemoryError) or f"{type(error).__name__}: {error}".startswith(
        ("ResourceExhaustedError", "RuntimeError: ResourceExhaustedError")
    )


def lacked_memory(outcome: Outcome) -> bool:
    """Whether a task failed for lack of memory: by its exception, or because the system killed its worker."""
    return is_out_of_memory(outcome.error) or (outcome.death is not None and outcome.death.out_of_memory)


def count_oom_kills(files: Iterable[Path] = COUNTER_FILES) -> int:
    """The number of processes that the system has killed for memory so far, summed over the readable counters."""
    n_kills = 0
    for file in files:
        try:
            lines = file.read_text().splitlines()
        except OSError:  # not Linux, or a container that hides it
            continue
        n_kills += sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
    return n_kills
