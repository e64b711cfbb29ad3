"""The machine and the software that produce results, as far as they can change a number or a time."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import psutil

from bench.records import Environment
from bench.train.backend import Backend
from bench.train.backend_registry import BACKENDS

_PACKAGES = ("param-scaling-bench", "numpy", "scipy", "scikit-learn", "pandas", "pillow")
_VARIABLE_PREFIXES = ("OMP_", "OPENBLAS_")
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def describe_environment(
    backend: Backend, workers: int, intra_op_threads: int, environ: Mapping[str, str]
) -> Environment:
    """The environment of a result: CPU, memory, threads, versions, commit, the backend's flags and settings.

    Args:
        backend: the backend that trained or was timed.
        workers: number of processes that trained at the same time. It changes times, never numbers.
        intra_op_threads: threads within one operation.
        environ: the process's environment, for variables of the numerical libraries that the backend does not set.
    """
    runtime = backend.runtime(intra_op_threads)
    prefixes = (*_VARIABLE_PREFIXES, *runtime.variable_prefixes)
    set_by_user = {key: value for key, value in environ.items() if key.startswith(prefixes)}
    packages = (*_PACKAGES, *runtime.packages)
    return Environment(
        {
            "cpu": cpu_model(),
            "logical_cores": psutil.cpu_count(logical=True),
            "usable_cores": usable_cores(),
            "memory_bytes": psutil.virtual_memory().total,
            "os": f"{platform.system()} {platform.release()}",
            "python": platform.python_version(),
            "versions": {name: version for name in packages if (version := _version(name)) is not None},
            "commit": _commit(),
            "workers": workers,
            **runtime.settings,
            "flags": {**set_by_user, **runtime.flags},
        }
    )


def prepare_worker(backend: str, threads: int, workers: int) -> Environment:
    """Set up a backend's runtime in this process and return the environment of its results.

    Args:
        backend: its name.
        threads: threads within one operation.
        workers: number of processes that train at the same time.
    """
    chosen = BACKENDS.get(backend)()
    chosen.prepare(threads)
    return describe_environment(chosen, workers, threads, os.environ)


def available_bytes() -> int:
    """The memory that new processes can have without swapping."""
    available: int = psutil.virtual_memory().available
    return available


def memory_bytes(limit: Path = CGROUP_LIMIT) -> int:
    """The memory that this machine, or the container that runs this process, has in all.

    Args:
        limit: the file in which Linux states the limit of this process's cgroup; it may be missing.
    """
    total: int = psutil.virtual_memory().total
    try:
        stated = limit.read_text().strip()
    except OSError:  # not Linux, or no cgroup of its own
        return total
    return min(total, int(stated)) if stated.isdecimal() else total


def usable_cpus() -> tuple[int, ...]:
    """The numbers of the cores that this process may use; containers and ``taskset`` exclude some."""
    process = psutil.Process()
    return tuple(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else tuple(range(os.cpu_count() or 1))


def usable_cores() -> int:
    """The number of cores that this process may use."""
    return len(usable_cpus())


def package_version() -> str:
    """The version of this package; ``unknown`` if it runs from a checkout that is not installed."""
    return _version("param-scaling-bench") or "unknown"


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def cpu_model() -> str:
    """The name of the processor."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str | None:
    """The commit of the checkout that this code runs from, with ``+changes`` if it is not clean; None for a wheel."""
    checkout = Path(__file__).resolve().parents[1]
    if not (checkout / ".git").exists():
        return None
    try:
        commit = _git(checkout, "rev-parse", "HEAD")
        changed = _git(checkout, "status", "--porcelain", "--untracked-files=no", "--", "architectures", "bench")
    except (OSError, subprocess.CalledProcessError):
        return None
    return f"{commit}+changes" if changed else commit


def _git(checkout: Path, *arguments: str) -> str:
    finished = subprocess.run(["git", "-C", str(checkout), *arguments], capture_output=True, text=True, check=True)
    return finished.stdout.strip()
